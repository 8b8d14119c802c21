import type { LanguageModelV4 } from '@ai-sdk/provider';

/** The total timeout of a model call in milliseconds, if the model has one. */
export function totalTimeoutMsOf(model: LanguageModelV4): number | undefined {
  return 'totalTimeoutMs' in model && typeof model.totalTimeoutMs === 'number'
    ? model.totalTimeoutMs
    : undefined;
}
