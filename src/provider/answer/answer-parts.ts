import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { A2APart } from '../client/a2a-event';
import { convertFromA2APart, dataOf, textOf, valuesIn } from './convert-from-a2a-part';
import type { JsonData } from './json/json-data';
import type { JsonReading } from './json/json-reading';
import { artifactKey, type ShownArtifact } from './read-shown-artifacts';
import { EmittedParts } from './emitted-parts';
import { TextBlocks } from './text-blocks';
import { Thoughts } from './thoughts';

type StreamParts = LanguageModelV4StreamPart[];

/**
 * The content of an answer by keys (an artifact, a message): for each key, each text and file is emitted once.
 */
export class AnswerParts {
  readonly text: TextBlocks;
  /** Set if JSON was requested. */
  readonly data: JsonData | undefined;
  /** A part was emitted that is sent back with the next prompt and identifies the conversation. */
  hasLeftMark = false;
  /** Any content was emitted. */
  hasShown = false;

  private readonly others = new EmittedParts();
  private readonly thoughts: Thoughts;
  private readonly metadata: (extra?: Record<string, string>) => SharedV4ProviderMetadata;

  constructor({
    json,
    shown,
    metadata,
  }: {
    /** The requested JSON shape: data parts become the JSON text. */
    json: JsonReading | undefined;
    /** The output of earlier answers of the continued task, by artifact id. */
    shown: Map<string, ShownArtifact> | undefined;
    metadata: (extra?: Record<string, string>) => SharedV4ProviderMetadata;
  }) {
    this.data = json?.newData();
    this.metadata = metadata;
    this.thoughts = new Thoughts(metadata);
    this.text = new TextBlocks(metadata, { json });
    for (const [artifactId, { text, others }] of shown ?? []) {
      this.text.remember(artifactKey(artifactId), text);
      this.others.remember(artifactKey(artifactId), others);
    }
  }

  /** Adds content to a key. */
  add(key: string, parts: A2APart[], extra: Record<string, string> = {}): StreamParts {
    const [only] = parts;
    // The most frequent event: a piece of text, and nothing else.
    if (parts.length === 1 && only?.type === 'text' && only.metadata === undefined) {
      return this.say(key, only.text, extra);
    }
    const { spoken, thoughts } = this.thoughts.takeFrom(parts, key, 'add');
    const shown = spoken.flatMap((part) => {
      if (part.type === 'text') return this.say(key, part.text, extra);
      const data = this.data === undefined ? undefined : dataOf(part);
      if (data !== undefined) {
        this.data?.append(key, data);
        this.hasShown = true;
        return [];
      }
      this.others.note(key, part);
      return this.handOver(part, extra);
    });
    return [...thoughts, ...shown];
  }

  /** The current full content of a key: only what was not emitted yet is new. */
  replace(
    key: string,
    parts: A2APart[],
    extra: Record<string, string>,
    { isProgress = false } = {},
  ): StreamParts {
    // Only an answer can be the requested JSON.
    const data = isProgress ? undefined : this.data;
    const values = data === undefined ? [] : valuesIn(parts);
    this.hasShown ||= values.length > 0;
    data?.replace(key, values);
    const { spoken, thoughts } = this.thoughts.takeFrom(parts, key, 'say');
    const isNew = !this.text.has(key);
    let unseenText = this.text.newer(key, textOf(spoken));
    const isUnseen = this.others.inSnapshot(key);
    const shown = spoken.flatMap((part) => {
      if (part.type === 'text') {
        const delta = isNew ? part.text : unseenText;
        unseenText = '';
        return this.say(key, delta, extra);
      }
      if (data !== undefined && dataOf(part) !== undefined) return [];
      return isUnseen(part) ? this.handOver(part, extra) : [];
    });
    return [...thoughts, ...shown];
  }

  say(key: string, delta: string, extra: Record<string, string>): StreamParts {
    this.hasLeftMark ||= delta !== '';
    this.hasShown ||= delta !== '';
    return this.text.append(key, delta, extra);
  }

  /** Emits a file or data. */
  private handOver(part: A2APart, extra: Record<string, string>): StreamParts {
    const converted = convertFromA2APart(part, this.metadata(extra));
    if (converted === undefined) return [];
    this.hasShown = true;
    this.hasLeftMark ||= converted.type !== 'source';
    return [converted];
  }
}
