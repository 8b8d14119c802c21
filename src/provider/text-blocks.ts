import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';

/**
 * The open text blocks of a stream, one for each key (an artifact, a message).
 *
 * Blocks stay open until the answer ends, so that their metadata tells the state it ended in.
 */
export class TextBlocks {
  private readonly blocks = new Map<string, Block>();
  /** What was said under each key: now, and with what was rewritten since. */
  private readonly said = new Map<string, { current: string; all: string }>();
  private count = 0;
  private readonly metadata: (extra: Extra) => SharedV4ProviderMetadata;
  private readonly holdsProse: boolean;

  constructor(
    metadata: (extra: Extra) => SharedV4ProviderMetadata,
    {
      holdsProse = false,
    }: {
      /** Keeps back what does not begin like JSON: data may come, and then it is not the answer. */
      holdsProse?: boolean;
    } = {},
  ) {
    this.metadata = metadata;
    this.holdsProse = holdsProse;
  }

  get isEmpty(): boolean {
    return this.blocks.size === 0;
  }

  /** All that has come out. */
  get text(): string {
    return [...this.blocks.values()]
      .filter(({ isHeld }) => !isHeld)
      .map(({ text }) => text)
      .join('');
  }

  has(key: string): boolean {
    return this.said.has(key);
  }

  /** What an earlier answer has said under a key is not said again. */
  remember(key: string, text: string): void {
    this.note(key, text);
  }

  append(
    key: string,
    delta: string,
    extra: Extra = {},
    { isProse = true } = {},
  ): LanguageModelV4StreamPart[] {
    if (delta === '') return [];
    this.note(key, delta);
    const open = this.blocks.get(key);
    if (open !== undefined && !open.isHeld) {
      open.text += delta;
      return [{ type: 'text-delta', id: open.id, delta }];
    }
    const text = (open?.text ?? '') + delta;
    const isHeld = isProse && this.holdsProse && !/^\s*[[{]/.test(text);
    const block = { id: open?.id ?? `text-${this.count++}`, text, extra, isHeld };
    this.blocks.set(key, block);
    return isHeld ? [] : this.start(block);
  }

  /**
   * What a repeated text has beyond what came out already. A text that was rewritten cannot be taken
   * back from a stream: it comes out whole, in a block of its own.
   */
  newer(key: string, whole: string): string {
    const said = this.said.get(key);
    if (said === undefined) return whole;
    if (whole.startsWith(said.all)) return whole.slice(said.all.length);
    if (whole.startsWith(said.current)) return whole.slice(said.current.length);
    // A snapshot may lag behind the stream.
    if (said.current.startsWith(whole) || said.current.endsWith(whole)) return '';
    said.current = '';
    const open = this.blocks.get(key);
    if (open !== undefined) {
      this.blocks.delete(key);
      this.blocks.set(`${key} as ${open.id}`, open);
    }
    return whole;
  }

  /** Ends all blocks. What was held back comes out now, as reasoning when it is not the answer. */
  end({ isProseAnswer = true } = {}): LanguageModelV4StreamPart[] {
    const parts = [...this.blocks.values()].flatMap((block): LanguageModelV4StreamPart[] => {
      const { id, text, extra, isHeld } = block;
      const providerMetadata = this.metadata(extra);
      if (isHeld && !isProseAnswer) {
        return [
          { type: 'reasoning-start', id, providerMetadata },
          { type: 'reasoning-delta', id, delta: text },
          { type: 'reasoning-end', id, providerMetadata },
        ];
      }
      return [...(isHeld ? this.start(block) : []), { type: 'text-end', id, providerMetadata }];
    });
    this.blocks.clear();
    return parts;
  }

  private start({ id, text, extra }: Block): LanguageModelV4StreamPart[] {
    return [
      { type: 'text-start', id, providerMetadata: this.metadata(extra) },
      { type: 'text-delta', id, delta: text },
    ];
  }

  private note(key: string, delta: string): void {
    const { current = '', all = '' } = this.said.get(key) ?? {};
    this.said.set(key, { current: current + delta, all: all + delta });
  }
}

type Extra = Record<string, string>;

interface Block {
  id: string;
  text: string;
  extra: Extra;
  isHeld: boolean;
}
