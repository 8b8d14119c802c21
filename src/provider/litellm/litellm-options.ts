import * as z from 'zod/v4';

/** What may stand in a header. */
const traceId = z.string().regex(/^[\x21-\x7e]{1,256}$/);

/**
 * `providerOptions.litellm` of one call, beside `providerOptions.a2a`.
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
   * Sent as `x-litellm-trace-id`, which groups calls in the gateway's logs and counts its budgets per
   * session: up to 256 visible ASCII characters. Default: one for each conversation, its `contextId`.
   */
  traceId: traceId.optional(),
});

export type LiteLLMLanguageModelOptions = z.infer<typeof litellmLanguageModelOptions>;

export function isTraceId(value: string): boolean {
  return traceId.safeParse(value).success;
}
