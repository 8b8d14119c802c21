import type {
  LanguageModelV4Content,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';

/**
 * The content of a request, for a trace: the messages after the last answer. Text only: of a file its media type,
 * because its URL may contain a credential. `providerOptions` may contain one as well, and are left out.
 */
export function requestText(prompt: LanguageModelV4Prompt): string {
  const last = prompt.findLastIndex(({ role }) => role === 'assistant');
  const text = new BoundedText();
  for (const { content, role } of prompt.slice(last + 1)) {
    if (role === 'system') text.addLine(content);
    if (role !== 'user') continue;
    for (const part of content) {
      text.addLine(part.type === 'text' ? part.text : `[${part.mediaType}]`);
    }
  }
  return text.value;
}

/** Assembles the content of an answer, for a trace: text and data, without metadata. */
export class AnswerText {
  private readonly text = new BoundedText();

  get value(): string {
    return this.text.value;
  }

  add(part: LanguageModelV4Content | LanguageModelV4StreamPart): void {
    switch (part.type) {
      case 'text':
        this.text.add(part.text);
        break;
      case 'text-delta':
        this.text.add(part.delta);
        break;
      case 'custom':
        if (part.kind !== 'a2a.data') break;
        this.text.addLine(JSON.stringify(part.providerMetadata?.['a2a']?.['data']) ?? '');
        break;
      case 'file':
        this.text.addLine(`[${part.mediaType}]`);
        break;
      default:
        break;
    }
  }
}

/** In UTF-16 code units, for each of request and answer. */
const maxLength = 8192;

/** Text that is cut off at `maxLength`, and ends with `…` then. */
class BoundedText {
  value = '';
  private isFull = false;

  add(text: string): void {
    if (this.isFull) return;
    const all = this.value + text;
    this.isFull = all.length > maxLength;
    this.value = this.isFull ? `${all.slice(0, maxLength - 1)}…` : all;
  }

  addLine(text: string): void {
    this.add(this.value === '' ? text : `\n${text}`);
  }
}
