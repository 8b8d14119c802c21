import type { LanguageModelV4Prompt, SharedV4ProviderOptions } from '@ai-sdk/provider';
import { z } from 'zod/v4';
import { isPaused } from '../common/task-state';

/** Where an earlier answer of the same agent left the conversation. */
export interface Conversation {
  contextId: string;
  /** Set when that task waits for the caller. */
  taskId: string | undefined;
  /** The agent answered under another context than it was sent, and waits for nothing. */
  isForgotten: boolean;
  /** The prompt's messages that the agent has not seen. */
  unseen: LanguageModelV4Prompt;
}

/** What this provider writes on every part, and the AI SDK hands back with the next prompt. */
const partMetadata = z.looseObject({
  agent: z.string().optional(),
  contextId: z.string().min(1),
  taskId: z.string().min(1).optional(),
  state: z.string().optional(),
  keepsContext: z.boolean().optional(),
});

/** Finds the last assistant part that bears a context of this agent. */
export function readConversation(
  prompt: LanguageModelV4Prompt,
  agent: string,
): Conversation | undefined {
  for (let index = prompt.length - 1; index >= 0; index--) {
    const message = prompt[index];
    if (message?.role !== 'assistant') continue;
    const marks = [...message.content.map((part) => part.providerOptions), message.providerOptions]
      .map((options) => readMark(options, agent))
      .filter((mark) => mark !== undefined);
    const last = marks.at(-1);
    if (last !== undefined) {
      // Parts that came before the agent paused still bear the state of their time.
      const taskId = marks.findLast((mark) => isPaused(mark.state))?.taskId;
      return {
        contextId: last.contextId,
        taskId,
        isForgotten: taskId === undefined && last.keepsContext === false,
        unseen: prompt.slice(index + 1),
      };
    }
  }
  return undefined;
}

function readMark(options: SharedV4ProviderOptions | undefined, agent: string) {
  const parsed = partMetadata.safeParse(options?.['a2a']);
  return parsed.success && (parsed.data.agent === undefined || parsed.data.agent === agent)
    ? parsed.data
    : undefined;
}
