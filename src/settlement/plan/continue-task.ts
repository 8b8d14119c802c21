import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { NegotiatedTask } from './negotiate';

/** The same call, as the next message on a task that it began. */
export function continueTask(
  params: LanguageModelV4CallOptions,
  task: NegotiatedTask | undefined,
): LanguageModelV4CallOptions {
  if (task === undefined) return params;
  const { contextId, taskId } = task;
  const { prompt, providerOptions } = params;
  const a2a = providerOptions?.['a2a'];
  const isKnown =
    a2a?.['contextId'] !== undefined ||
    prompt.some(
      (message) =>
        message.role === 'assistant' &&
        message.content.some((part) => part.providerOptions?.['a2a']?.['contextId'] === contextId),
    );
  return {
    ...params,
    providerOptions: {
      ...providerOptions,
      a2a: {
        // What the agent got as the beginning of a conversation, it gets again.
        ...(!isKnown && { history: 'transcript' }),
        ...a2a,
        ...(contextId !== undefined && { contextId }),
        taskId,
      },
    },
  };
}
