import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';

/**
 * The open text blocks of a stream, one for each key (an artifact, a message).
 *
 * Blocks stay open until the answer ends, so that their metadata tells the state it ended in.
 */
export class TextBlocks {
  private readonly blocks = new Map<string, { id: string; text: string; extra: Extra }>();
  private count = 0;
  private readonly metadata: (extra: Extra) => SharedV4ProviderMetadata;

  constructor(metadata: (extra: Extra) => SharedV4ProviderMetadata) {
    this.metadata = metadata;
  }

  get isEmpty(): boolean {
    return this.blocks.size === 0;
  }

  has(key: string): boolean {
    return this.blocks.has(key);
  }

  append(key: string, delta: string, extra: Extra = {}): LanguageModelV4StreamPart[] {
    if (delta === '') return [];
    const open = this.blocks.get(key);
    if (open !== undefined) {
      open.text += delta;
      return [{ type: 'text-delta', id: open.id, delta }];
    }
    const id = `text-${this.count++}`;
    this.blocks.set(key, { id, text: delta, extra });
    return [
      { type: 'text-start', id, providerMetadata: this.metadata(extra) },
      { type: 'text-delta', id, delta },
    ];
  }

  /**
   * What a repeated text has beyond what came out already. A text that was rewritten cannot be taken
   * back from a stream: it comes out whole, in a block of its own.
   */
  newer(key: string, whole: string): string {
    const open = this.blocks.get(key);
    if (open === undefined) return whole;
    if (whole.startsWith(open.text)) return whole.slice(open.text.length);
    if (whole === '' || open.text.endsWith(whole)) return '';
    this.blocks.delete(key);
    this.blocks.set(`${key} as ${open.id}`, open);
    return whole;
  }

  end(): LanguageModelV4StreamPart[] {
    const ended = [...this.blocks.values()].map(({ id, extra }): LanguageModelV4StreamPart => ({
      type: 'text-end',
      id,
      providerMetadata: this.metadata(extra),
    }));
    this.blocks.clear();
    return ended;
  }
}

type Extra = Record<string, string>;
