import type { LanguageModelV4Prompt, SharedV4Warning } from '@ai-sdk/provider';
import { isPaused } from '../client/task-state';
import { readMark, type ConversationMark, type ConversationSeals } from './conversation-seals';

/** The agent's conversation at its last answer. */
export interface Conversation {
  contextId: string;
  /** Set if that task waits for the caller. */
  taskId: string | undefined;
  /** The agent responded with another context id than it was sent, and waits for nothing. */
  isForgotten: boolean;
  /** The prompt's messages that the agent has not seen. */
  unseen: LanguageModelV4Prompt;
}

/**
 * Finds the last assistant message with a context id of this agent; other models may have answered since.
 *
 * `unknown`: there is one, but this application did not seal it for this subject.
 *
 * @throws InvalidArgumentError if the secret for the answer's seal is too short.
 */
export async function readConversation(
  prompt: LanguageModelV4Prompt,
  seals: ConversationSeals,
  subject: string | undefined,
): Promise<Conversation | 'unknown' | undefined> {
  seals.assertSecrets();
  for (let index = prompt.length - 1; index >= 0; index--) {
    const message = prompt[index];
    if (message?.role !== 'assistant') continue;
    const marks = [...message.content.map((part) => part.providerOptions), message.providerOptions]
      .map(readMark)
      .filter((mark) => mark !== undefined)
      .filter(({ agent }) => agent === undefined || agent === seals.agent);
    const last = marks.at(-1);
    if (last === undefined) continue;
    if (!(await seals.isOurs(last, subject))) return 'unknown';
    const taskId = await waitingTask(marks, last.contextId);
    return {
      contextId: last.contextId,
      taskId,
      isForgotten: taskId === undefined && last.keepsContext === false,
      unseen: prompt.slice(index + 1),
    };
  }
  return undefined;

  /** Parts from before the agent's pause carry the state at their time. */
  async function waitingTask(marks: ConversationMark[], contextId: string) {
    const paused = marks.findLast(
      (mark) => mark.contextId === contextId && mark.taskId !== undefined && isPaused(mark.state),
    );
    const isOurs = paused !== undefined && (await seals.isOurs(paused, subject));
    return isOurs ? paused.taskId : undefined;
  }
}

/** The warning for a conversation in the messages that is not continued. */
export const conversationUnknown: SharedV4Warning = {
  type: 'other',
  message:
    'The messages contain a conversation that this application did not seal for this subject, so a new one was started with all the messages. If another machine or an earlier process sealed it, set A2A_CONVERSATION_SECRET on all of them; if providerOptions.a2a.subject differs, the conversation is another user’s.',
};
