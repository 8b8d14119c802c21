import type { Part } from '@a2a-js/sdk';
import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { textOf } from './convert-from-a2a-part';
import { ProgressText } from './progress-text';

/**
 * Text that an agent marks as its thinking (`adk_thought` of Google's ADK, `thought`), which it puts
 * beside the answer in one artifact or message. It becomes reasoning, each piece once.
 */
export class Thoughts {
  private readonly said = new Map<string, ProgressText>();
  private readonly metadata: () => SharedV4ProviderMetadata;

  constructor(metadata: () => SharedV4ProviderMetadata) {
    this.metadata = metadata;
  }

  /** Takes them out of what came under one key: more of it (`add`), or the whole as it stands (`say`). */
  takeFrom(
    parts: Part[],
    key: string,
    how: 'add' | 'say',
  ): { spoken: Part[]; thoughts: LanguageModelV4StreamPart[] } {
    if (!parts.some(isThought)) return { spoken: parts, thoughts: [] };
    const said = this.said.get(key) ?? new ProgressText(`thought-${this.said.size}`);
    this.said.set(key, said);
    return {
      spoken: parts.filter((part) => !isThought(part)),
      thoughts: said[how](textOf(parts.filter(isThought)), this.metadata()),
    };
  }
}

function isThought({ content, metadata }: Part): boolean {
  const isMarked = metadata?.['adk_thought'] === true || metadata?.['thought'] === true;
  return content?.$case === 'text' && isMarked;
}
