import * as z from 'zod/v4';

const pushNotification = z.object({
  /** Where the agent posts to when the task's state changes. */
  url: z.url(),
  /** Sent along as `X-A2A-Notification-Token`, so that the receiver knows the agent. */
  token: z.string().min(1).optional(),
  /** Sent along as `Authorization: <scheme> <credentials>`; many agents then leave out the token. */
  authentication: z
    .object({ scheme: z.string().min(1), credentials: z.string().min(1).optional() })
    .optional(),
});

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
  /**
   * Whose conversation it is, for example the user's id: a conversation in the messages is gone on with
   * only for the subject that it was begun for. Not sent to the agent. Default: nobody's.
   */
  subject: z.string().min(1).optional(),
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
  /**
   * Takes a task up again that an earlier call began, whether it runs or has ended. The agent gets no
   * message, so the prompt may be empty; what the prompt's messages show of the task already is not
   * repeated. Aborting cancels the task, as with any call.
   */
  resume: z.object({ taskId: z.string().min(1) }).optional(),
  /**
   * Does not wait for the task: the result has what there is by now, the finish reason `other`, and
   * the task's id in `providerMetadata.a2a.taskId`. An agent may wait all the same. Default: `false`.
   */
  returnImmediately: z.boolean().optional(),
  /** Where the agent is to tell of the task. See `settlement.handlePushNotification`. */
  pushNotification: pushNotification.optional(),
});

export type A2ALanguageModelOptions = z.infer<typeof a2aLanguageModelOptions>;
