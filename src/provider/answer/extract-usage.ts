import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import { createNullLanguageModelUsage } from '@ai-sdk/provider-utils';
import { z } from 'zod/v4';

/** One count that is none does not make the others wrong. */
const count = z.number().int().nonnegative().optional().catch(undefined);

/** Token counts as agents report them in metadata: the AI SDK's names, Anthropic's, OpenAI's. */
const reportedCounts = z.object({
  inputTokens: count,
  outputTokens: count,
  input_tokens: count,
  output_tokens: count,
  prompt_tokens: count,
  completion_tokens: count,
});

const reportedUsage = z.looseObject({ usage: z.record(z.string(), z.json()) });

/** What the agent reported in `metadata.usage`, or nothing: never an estimate. */
export function extractUsage(metadata: unknown): LanguageModelV4Usage {
  const usage = createNullLanguageModelUsage();
  const parsed = reportedUsage.safeParse(metadata);
  if (!parsed.success) return usage;
  const raw = parsed.data.usage;
  const reported = reportedCounts.parse(raw);
  usage.inputTokens.total = reported.inputTokens ?? reported.input_tokens ?? reported.prompt_tokens;
  usage.outputTokens.total =
    reported.outputTokens ?? reported.output_tokens ?? reported.completion_tokens;
  return { ...usage, raw };
}
