import * as z from 'zod/v4';

const pushNotification = z.object({
  /** The URL for the agent's notifications of task state changes. */
  url: z.url(),
  /** Sent as `X-A2A-Notification-Token`, so that the receiver can authenticate the agent. */
  token: z.string().min(1).optional(),
  /** Sent as `Authorization: <scheme> <credentials>`; many agents then omit the token. */
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
  /** The conversation to continue. Default: the one in the prompt's assistant parts. */
  contextId: z.string().min(1).optional(),
  /** The task to continue. Default: the last one, if it ended `input-required` or `auth-required`. */
  taskId: z.string().min(1).optional(),
  /**
   * The owner of the conversation, for example the user's id: a conversation in the messages is continued only
   * for the subject that it was started for. Not sent to the agent. Default: no owner.
   */
  subject: z.string().min(1).optional(),
  /** Added to `message.metadata`. */
  metadata: z.record(z.string(), z.json()).optional(),
  /** Extension URIs: listed in `message.extensions` and activated by the protocol's header. */
  extensions: z.array(z.string().min(1)).optional(),
  /**
   * The part of the conversation that is sent: `transcript` sends all of it as one message, `last` only the
   * messages after the last answer, whoever gave it. Default: all messages that this agent has not seen, with the
   * answers that other models gave since.
   */
  history: z.enum(['transcript', 'last']).optional(),
  /** The requested skill: sent as `message.metadata.skillId`. */
  skill: z.string().min(1).optional(),
  /**
   * Resumes a task that an earlier call started, whether it is running or has ended. No message is sent, so the
   * prompt may be empty; output of the task that is already in the prompt's messages is not repeated. Aborting
   * cancels the task, as with any call.
   */
  resume: z.object({ taskId: z.string().min(1) }).optional(),
  /**
   * Does not wait for the task to end: the result has the output so far, the finish reason `other`, and the
   * task's id in `providerMetadata.a2a.taskId`. An agent may wait nevertheless. Default: `false`.
   */
  returnImmediately: z.boolean().optional(),
  /** The webhook for notifications of the task. See `settlement.handlePushNotification`. */
  pushNotification: pushNotification.optional(),
});

export type A2ALanguageModelOptions = z.infer<typeof a2aLanguageModelOptions>;
