import type { LanguageModelV4FinishReason } from '@ai-sdk/provider';

/** How a call ended. */
export interface Finish {
  finishReason?: LanguageModelV4FinishReason;
  error?: unknown;
}

export interface RecordedError {
  name: string;
  /** The code of the error, as `LIMIT_EXCEEDED`. */
  code?: string;
  message: string;
}

/** As it is recorded and compared: `stop (completed)`. */
export function finishReasonText({ finishReason, error }: Finish): {
  finishReason?: string;
  error?: RecordedError;
} {
  const { unified, raw } = finishReason ?? {};
  return {
    ...(unified !== undefined && {
      finishReason: raw === undefined ? unified : `${unified} (${raw})`,
    }),
    ...(error !== undefined && { error: errorFacts(error) }),
  };
}

function errorFacts(error: unknown): RecordedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { message, name } = error;
  return 'code' in error && typeof error.code === 'string'
    ? { name, code: error.code, message }
    : { name, message };
}
