import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { digestOf } from '../../internal/digest-of';
import { resumedTask } from './kept-mark';

/**
 * The conversation that a call continues. Only trusted data counts: the call's own options, and what the model
 * itself has sealed in the messages.
 */
export interface CallConversation {
  contextId: string | undefined;
  /** The task that waits for this call, or that the call names. */
  taskId: string | undefined;
  /** Identifies the conversation's owner; undefined if there is none. */
  subject: string | undefined;
  /** The task is resumed without a message to its agent. */
  isResumed: boolean;
}

const said = z.object({
  contextId: z.string().optional(),
  taskId: z.string().optional(),
  subject: z.string().optional(),
});

/** @throws errors of the model for invalid options. */
export async function conversationOf(
  model: LanguageModelV4,
  { prompt, providerOptions, responseFormat }: LanguageModelV4CallOptions,
): Promise<CallConversation> {
  const asked = hasConversation(model)
    ? await model.conversation({
        prompt,
        ...(providerOptions !== undefined && { providerOptions }),
        ...(responseFormat !== undefined && { responseFormat }),
      })
    : providerOptions?.['a2a'];
  const { contextId, subject, taskId } = said.safeParse(asked).data ?? {};
  const resumed = resumedTask(providerOptions);
  return {
    contextId,
    taskId: resumed ?? taskId,
    subject: subject === undefined ? undefined : await digestOf('subject', subject),
    isResumed: resumed !== undefined,
  };
}

interface WithConversation {
  conversation(
    call: Pick<LanguageModelV4CallOptions, 'prompt' | 'providerOptions' | 'responseFormat'>,
  ): Promise<unknown>;
}

export function hasConversation(model: object): model is WithConversation {
  return 'conversation' in model && typeof model.conversation === 'function';
}
