import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import {
  finishGeneration,
  GenerationCollector,
  type FinishedGeneration,
} from '../internal/finished-generation';

/** The complete answer of a model. */
export interface WholeAnswer<RESULT> {
  result: RESULT;
  answer: FinishedGeneration;
  /** Whether the task waits for input or is still running. */
  isQuestion: boolean;
}

export async function generateWith(
  model: LanguageModelV4,
  options: LanguageModelV4CallOptions,
): Promise<WholeAnswer<LanguageModelV4GenerateResult>> {
  const result = await model.doGenerate(options);
  const answer = finishGeneration(model.modelId, result);
  return { result, answer, isQuestion: isWaiting(result.finishReason.raw) };
}

/** @throws the error of the stream, or an error if the stream ended early. */
export async function streamWith(
  model: LanguageModelV4,
  options: LanguageModelV4CallOptions,
): Promise<
  WholeAnswer<Omit<LanguageModelV4StreamResult, 'stream'> & { parts: LanguageModelV4StreamPart[] }>
> {
  const { stream, ...rest } = await model.doStream(options);
  const { abortSignal } = options;
  const reader = stream.getReader();
  const stop = () => void reader.cancel(abortSignal?.reason).catch(() => {});
  abortSignal?.addEventListener('abort', stop, { once: true });
  const parts: LanguageModelV4StreamPart[] = [];
  const collector = new GenerationCollector(model.modelId, { keepsContent: true });
  let failure: { error: unknown } | undefined;
  try {
    if (abortSignal?.aborted === true) stop();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      collector.add(value);
      if (value.type === 'error') failure ??= { error: value.error };
    }
  } finally {
    abortSignal?.removeEventListener('abort', stop);
  }
  abortSignal?.throwIfAborted();
  if (failure !== undefined) throw failure.error;
  const finish = parts.find((part) => part.type === 'finish');
  if (finish === undefined) {
    throw new Error(
      `The stream of agent "${model.modelId}" ended before the response was complete.`,
    );
  }
  return {
    result: { ...rest, parts },
    answer: collector.finish(finish),
    isQuestion: isWaiting(finish.finishReason.raw),
  };
}

/** Whether the state is one of an unfinished A2A task. */
function isWaiting(raw: string | undefined): boolean {
  return raw !== undefined && notEnded.has(raw);
}

const notEnded = new Set(['input-required', 'auth-required', 'submitted', 'working']);
