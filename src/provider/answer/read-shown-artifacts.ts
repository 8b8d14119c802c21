import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import * as z from 'zod/v4';

/** The output of an artifact in earlier answers. */
export interface ShownArtifact {
  text: string;
  /** The number of files and data parts. */
  others: number;
}

const artifactMark = z.looseObject({ taskId: z.string(), artifactId: z.string() });

/**
 * The output of one task's artifacts in the prompt. An agent that continues a task sends the whole task again.
 */
export function readShownArtifacts(
  prompt: LanguageModelV4Prompt,
  taskId: string,
): Map<string, ShownArtifact> {
  const shown = new Map<string, ShownArtifact>();
  if (taskId === '') return shown;
  for (const message of prompt) {
    if (message.role !== 'assistant') continue;
    for (const part of message.content) {
      const mark = artifactMark.safeParse(part.providerOptions?.['a2a']);
      if (!mark.success || mark.data.taskId !== taskId) continue;
      const known = shown.get(mark.data.artifactId) ?? { text: '', others: 0 };
      if (part.type === 'text') known.text += part.text;
      else known.others++;
      shown.set(mark.data.artifactId, known);
    }
  }
  return shown;
}

/** Distinguishes an artifact's key from that of a message. */
export function artifactKey(artifactId: string): string {
  return `artifact:${artifactId}`;
}
