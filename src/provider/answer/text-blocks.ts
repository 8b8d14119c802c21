import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { JsonData } from './json/json-data';
import type { JsonReading } from './json/json-reading';
import type { JsonText } from './json/json-text';
import { EmittedText } from './emitted-text';

/**
 * The open text blocks of a stream, one for each key (an artifact, a message).
 *
 * Blocks stay open until the answer ends, so that their metadata contains the final state.
 */
export class TextBlocks {
  private readonly blocks: Block[] = [];
  /**
   * The block that a key's next text is added to. Entries are never deleted: that makes a `Map` slow to read.
   */
  private readonly current = new Map<string, Block | undefined>();
  private readonly said = new Map<string, EmittedText>();
  private count = 0;
  private readonly metadata: (extra: Extra) => SharedV4ProviderMetadata;
  private readonly json: JsonReading | undefined;
  /** The text block with the JSON answer: there is only one. */
  private answering: JsonText | undefined;

  constructor(
    metadata: (extra: Extra) => SharedV4ProviderMetadata,
    {
      json,
    }: {
      /** Text that does not look like the JSON is kept back: the answer may still arrive. */
      json?: JsonReading | undefined;
    } = {},
  ) {
    this.metadata = metadata;
    this.json = json;
  }

  get isEmpty(): boolean {
    return this.blocks.length === 0;
  }

  has(key: string): boolean {
    return this.said.has(key);
  }

  /** Text of a key in an earlier answer is not emitted again. */
  remember(key: string, text: string): void {
    this.note(key, text);
  }

  append(
    key: string,
    delta: string,
    extra: Extra = {},
    { isAnswer = false }: { /** It comes out whatever it looks like. */ isAnswer?: boolean } = {},
  ): LanguageModelV4StreamPart[] {
    if (delta === '') return [];
    this.note(key, delta);
    const block = this.current.get(key) ?? this.open(key, extra, { isAnswer });
    const shown = block.json === undefined ? delta : this.letThrough(block.json, delta);
    if (shown === '') return [];
    const isNew = !block.isShown;
    block.isShown = true;
    // Only JSON is validated again as a whole.
    if (this.json !== undefined) block.text += shown;
    return isNew ? this.start(block, shown) : [{ type: 'text-delta', id: block.id, delta: shown }];
  }

  /**
   * The new part of a repeated text. A rewritten text cannot be removed from a stream: it is emitted in full,
   * in a separate block.
   */
  newer(key: string, whole: string): string {
    const said = this.said.get(key);
    if (said === undefined) return whole;
    // Also empty if a snapshot is older than the stream.
    const beyond = said.beyond(whole);
    if (beyond !== undefined) return beyond;
    said.rewrite();
    this.current.set(key, undefined);
    return whole;
  }

  /** The JSON text of the answer, from all content. It is emitted now unless it already was. */
  answer(data: JsonData | undefined): {
    jsonText: string | undefined;
    parts: LanguageModelV4StreamPart[];
  } {
    if (this.json === undefined || data === undefined) return { jsonText: undefined, parts: [] };
    const { blocks } = this;
    const shown = blocks.map(({ text }) => text).join('');
    if (this.json.isJson(shown)) return { jsonText: shown, parts: [] };
    const held = blocks.flatMap(({ isShown, json }) => (!isShown && json ? [json.raw] : []));
    const jsonText = data.choose(held);
    return { jsonText, parts: this.append('json', jsonText ?? '', {}, { isAnswer: true }) };
  }

  /** Ends all blocks. Text that was kept back is emitted now, as reasoning if it is not the answer. */
  end({ isProseAnswer = true } = {}): LanguageModelV4StreamPart[] {
    const parts = this.blocks.splice(0).flatMap((block): LanguageModelV4StreamPart[] => {
      const { extra, id, isShown, json } = block;
      const providerMetadata = this.metadata(extra);
      if (isShown) {
        const rest = (json?.rest ?? '').replace(/^\s*```/, '');
        return [
          { type: 'text-end', id, providerMetadata },
          ...this.think(`${id}-rest`, rest.trim(), extra),
        ];
      }
      const raw = json?.raw ?? '';
      if (isProseAnswer) {
        return [...this.start(block, raw), { type: 'text-end', id, providerMetadata }];
      }
      return this.think(id, this.json?.proseOf(raw) ?? raw, extra);
    });
    this.current.clear();
    return parts;
  }

  private open(key: string, extra: Extra, { isAnswer }: { isAnswer: boolean }): Block {
    const json = isAnswer ? undefined : this.json?.newText();
    const block: Block = { id: `text-${this.count++}`, isShown: false, text: '', extra, json };
    this.blocks.push(block);
    this.current.set(key, block);
    return block;
  }

  private letThrough(json: JsonText, delta: string): string {
    const shown = json.feed(delta);
    if (shown === '') return '';
    this.answering ??= json;
    if (this.answering === json) return shown;
    json.giveUp();
    return '';
  }

  private start({ extra, id }: Block, text: string): LanguageModelV4StreamPart[] {
    return [
      { type: 'text-start', id, providerMetadata: this.metadata(extra) },
      { type: 'text-delta', id, delta: text },
    ];
  }

  private think(id: string, text: string, extra: Extra): LanguageModelV4StreamPart[] {
    if (text === '') return [];
    const providerMetadata = this.metadata(extra);
    return [
      { type: 'reasoning-start', id, providerMetadata },
      { type: 'reasoning-delta', id, delta: text },
      { type: 'reasoning-end', id, providerMetadata },
    ];
  }

  private note(key: string, delta: string): void {
    const said = this.said.get(key) ?? new EmittedText();
    said.add(delta);
    this.said.set(key, said);
  }
}

type Extra = Record<string, string>;

interface Block {
  id: string;
  /** Part of it has been emitted. */
  isShown: boolean;
  /** Its emitted text, if JSON was requested. */
  text: string;
  extra: Extra;
  /** Set if JSON was requested. */
  json: JsonText | undefined;
}
