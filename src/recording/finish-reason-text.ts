import type { LanguageModelV4FinishReason } from '@ai-sdk/provider';

/** How a call ended. */
export interface Finish {
  finishReason?: LanguageModelV4FinishReason;
  error?: unknown;
}

/** As it is recorded and compared: `stop (completed)`. */
export function finishReasonText({ finishReason, error }: Finish): {
  finishReason?: string;
  error?: { name: string; message: string };
} {
  const { unified, raw } = finishReason ?? {};
  return {
    ...(unified !== undefined && {
      finishReason: raw === undefined ? unified : `${unified} (${raw})`,
    }),
    ...(error !== undefined && {
      error:
        error instanceof Error
          ? { name: error.name, message: error.message }
          : { name: 'Error', message: String(error) },
    }),
  };
}
