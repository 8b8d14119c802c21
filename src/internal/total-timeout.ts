import type { LanguageModelV4 } from '@ai-sdk/provider';

/** Milliseconds that a call of the model may take in all, where it says so. */
export function totalTimeoutMsOf(model: LanguageModelV4): number | undefined {
  return 'totalTimeoutMs' in model && typeof model.totalTimeoutMs === 'number'
    ? model.totalTimeoutMs
    : undefined;
}
