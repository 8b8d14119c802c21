import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { A2APart } from '../client/a2a-event';
import { textOf } from './convert-from-a2a-part';
import { ProgressText } from './progress-text';

/**
 * Text that an agent marks as reasoning (`adk_thought` of Google's ADK, `thought`) within an artifact or
 * message of the answer. Each piece is emitted once, as reasoning.
 */
export class Thoughts {
  private readonly said = new Map<string, ProgressText>();
  private readonly metadata: () => SharedV4ProviderMetadata;

  constructor(metadata: () => SharedV4ProviderMetadata) {
    this.metadata = metadata;
  }

  /** Removes reasoning from the content of one key: additional content (`add`), or the full content (`say`). */
  takeFrom(
    parts: A2APart[],
    key: string,
    how: 'add' | 'say',
  ): { spoken: A2APart[]; thoughts: LanguageModelV4StreamPart[] } {
    if (!parts.some(isThought)) return { spoken: parts, thoughts: [] };
    const said = this.said.get(key) ?? new ProgressText(`thought-${this.said.size}`);
    this.said.set(key, said);
    return {
      spoken: parts.filter((part) => !isThought(part)),
      thoughts: said[how](textOf(parts.filter(isThought)), this.metadata()),
    };
  }
}

function isThought({ metadata, type }: A2APart): boolean {
  if (type !== 'text' || metadata === undefined) return false;
  return metadata['adk_thought'] === true || metadata['thought'] === true;
}
