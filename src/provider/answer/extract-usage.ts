import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import { createNullLanguageModelUsage } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';

/** One count that is none does not make the others wrong. */
const count = z.number().int().nonnegative().optional().catch(undefined);

/** Token counts as agents report them: the AI SDK's names, Anthropic's, OpenAI's, VoltAgent's, Gemini's. */
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

/** Where they do: in `usage`, in Mastra's `execution`, or in what Google's ADK adds. */
const reportedUsage = z
  .looseObject({
    usage: usageRecord,
    execution: z.looseObject({ usage: usageRecord }).optional().catch(undefined),
    adk_usage_metadata: usageRecord,
  })
  .transform(({ adk_usage_metadata: adk, execution, usage }) => usage ?? execution?.usage ?? adk);

/** What the agent reported in its metadata, or nothing: never an estimate. */
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
    // Gemini counts thoughts apart.
    (candidates === undefined ? undefined : candidates + (reported.thoughtsTokenCount ?? 0));
  return { ...usage, raw };
}
