import { InvalidPromptError, type LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { A2AMessage } from '../client/a2a-event';
import type { A2ALanguageModelOptions } from './a2a-language-model-options';
import { convertToA2AParts } from './convert-to-a2a-parts';
import type { Conversation } from './read-conversation';

/**
 * The one A2A message that stands for one generation.
 *
 * A known conversation goes on by itself: only what the agent has not seen is sent, under the
 * conversation's `contextId`, and under the `taskId` of a task that waits for the caller.
 *
 * @throws InvalidPromptError when nothing is left to send.
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
  /** What the prompt knows of the agent's conversation. */
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
      message: `Nothing to send to agent "${agent}": the prompt holds no message after its last answer. Add a user message.`,
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
    const history = options.history ?? (contextId === '' ? 'transcript' : 'last');
    if (history === 'transcript') return prompt;
    if (continuesConversation) return conversation.unseen;
    const lastAnswer = prompt.findLastIndex((message) => message.role === 'assistant');
    // Instructions that no answer follows may be new to the agent.
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
