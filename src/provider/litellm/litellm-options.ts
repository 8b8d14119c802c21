import * as z from 'zod/v4';

/** The characters that are valid in a header. */
const traceId = z.string().regex(/^[\x21-\x7e]{1,256}$/);

/**
 * `providerOptions.litellm` of one call, in addition to `providerOptions.a2a`.
 *
 * @example
 * ```ts
 * await generateText({
 *   model: litellm('researcher'),
 *   prompt: 'Who was Ada Lovelace?',
 *   providerOptions: { litellm: { traceId: requestId } satisfies LiteLLMLanguageModelOptions },
 * });
 * ```
 */
export const litellmLanguageModelOptions = z.object({
  /**
   * Sent as `x-litellm-trace-id`, which groups calls in the gateway's logs and its budgets per session: up to
   * 256 visible ASCII characters. Default: the `contextId` of the conversation.
   */
  traceId: traceId.optional(),
});

export type LiteLLMLanguageModelOptions = z.infer<typeof litellmLanguageModelOptions>;

export function isTraceId(value: string): boolean {
  return traceId.safeParse(value).success;
}
