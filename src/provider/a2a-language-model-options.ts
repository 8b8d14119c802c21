import { z } from 'zod/v4';

/**
 * `providerOptions.a2a` of one call.
 *
 * @example
 * ```ts
 * await generateText({
 *   model: a2a('https://agent.example.com'),
 *   prompt: 'Go on, please',
 *   providerOptions: { a2a: { contextId, metadata: { tenant: 'acme' } } satisfies A2ALanguageModelOptions },
 * });
 * ```
 */
export const a2aLanguageModelOptions = z.object({
  /** The conversation to continue. Default: the one found in the prompt's assistant parts. */
  contextId: z.string().min(1).optional(),
  /** The task to continue. Default: the last one, when it ended `input-required` or `auth-required`. */
  taskId: z.string().min(1).optional(),
  /** Added to `message.metadata`. */
  metadata: z.record(z.string(), z.json()).optional(),
  /** Extension URIs: listed in `message.extensions` and activated by the protocol's header. */
  extensions: z.array(z.string().min(1)).optional(),
  /**
   * What goes along of a conversation: `transcript` sends all of it as one message, `last` only the
   * messages after the last answer. Default: `last` when the context is known, else `transcript`.
   */
  history: z.enum(['transcript', 'last']).optional(),
  /** The skill asked for: sent as `message.metadata.skillId`. */
  skill: z.string().min(1).optional(),
});

export type A2ALanguageModelOptions = z.infer<typeof a2aLanguageModelOptions>;
