import { InvalidPromptError, type LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { A2AMessage } from '../client/a2a-event';
import type { A2ALanguageModelOptions } from './a2a-language-model-options';
import { convertToA2AParts } from './convert-to-a2a-parts';
import type { Conversation } from './read-conversation';

/**
 * Creates the A2A message of one generation.
 *
 * For a known conversation only the messages that the agent has not seen are sent, with the conversation's
 * `contextId`, and with the `taskId` of a task that waits for the caller.
 *
 * @throws InvalidPromptError if nothing is left to send.
 */
export function convertToA2AMessage({
  prompt,
  agent,
  conversation,
  options,
  messageId,
}: {
  prompt: LanguageModelV4Prompt;
  agent: string;
  /** The agent's conversation, as found in the prompt. */
  conversation: Conversation | undefined;
  options: A2ALanguageModelOptions;
  messageId: string;
}): A2AMessage {
  const contextId = options.contextId ?? conversation?.contextId ?? '';
  const continuesConversation = conversation !== undefined && contextId === conversation.contextId;

  const parts = convertToA2AParts(messagesToSend());
  if (parts.length === 0) {
    throw new InvalidPromptError({
      prompt: undefined,
      message: `Nothing to send to agent "${agent}": the prompt has no message after the agent's last answer. Add a user message.`,
    });
  }

  return {
    messageId,
    contextId,
    taskId: options.taskId ?? (continuesConversation ? (conversation.taskId ?? '') : ''),
    role: 'user',
    parts,
    metadata: metadata(),
    extensions: options.extensions ?? [],
  };

  function messagesToSend(): LanguageModelV4Prompt {
    const { history } = options;
    if (history === 'transcript' || (history === undefined && contextId === '')) return prompt;
    // What others said meanwhile is unseen, too: with `last` the agent does not get it.
    if (history === undefined && continuesConversation) return conversation.unseen;
    const lastAnswer = prompt.findLastIndex((message) => message.role === 'assistant');
    // Instructions without a later answer may be new to the agent.
    return lastAnswer < 0
      ? prompt
      : prompt.slice(lastAnswer + 1).filter((message) => message.role !== 'system');
  }

  function metadata(): Record<string, unknown> | undefined {
    const { skill } = options;
    const merged = { ...(skill !== undefined && { skillId: skill }), ...options.metadata };
    return Object.keys(merged).length === 0 ? undefined : merged;
  }
}
