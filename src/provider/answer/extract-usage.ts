import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import { createNullLanguageModelUsage } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';

/** An invalid count must not invalidate the others. */
const count = z.number().int().nonnegative().optional().catch(undefined);

/**
 * Token counts as agents report them, with the names of the AI SDK, Anthropic, OpenAI, VoltAgent and Gemini.
 */
const reportedCounts = z.object({
  inputTokens: count,
  outputTokens: count,
  input_tokens: count,
  output_tokens: count,
  prompt_tokens: count,
  completion_tokens: count,
  promptTokens: count,
  completionTokens: count,
  promptTokenCount: count,
  candidatesTokenCount: count,
  thoughtsTokenCount: count,
});

const usageRecord = z.record(z.string(), z.json()).optional().catch(undefined);

/** The places of token counts: `usage`, Mastra's `execution`, or the metadata of Google's ADK. */
const reportedUsage = z
  .looseObject({
    usage: usageRecord,
    execution: z.looseObject({ usage: usageRecord }).optional().catch(undefined),
    adk_usage_metadata: usageRecord,
  })
  .transform(({ adk_usage_metadata: adk, execution, usage }) => usage ?? execution?.usage ?? adk);

/** The usage that the agent reported in its metadata, or nothing: never an estimate. */
export function extractUsage(metadata: unknown): LanguageModelV4Usage {
  const usage = createNullLanguageModelUsage();
  const { data: raw } = reportedUsage.safeParse(metadata);
  if (raw === undefined) return usage;
  const reported = reportedCounts.parse(raw);
  const { candidatesTokenCount: candidates } = reported;
  usage.inputTokens.total =
    reported.inputTokens ??
    reported.input_tokens ??
    reported.prompt_tokens ??
    reported.promptTokens ??
    reported.promptTokenCount;
  usage.outputTokens.total =
    reported.outputTokens ??
    reported.output_tokens ??
    reported.completion_tokens ??
    reported.completionTokens ??
    // Gemini counts reasoning tokens separately.
    (candidates === undefined ? undefined : candidates + (reported.thoughtsTokenCount ?? 0));
  return { ...usage, raw };
}
