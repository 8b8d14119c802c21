import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import { asSettledCall } from '../../internal/settled-call';
import { unlessAborted } from '../../internal/unless-aborted';
import { isA2AModel } from '../state/is-a2a-model';

/** Calls a model, which has a short time to stop after an abort. */
export async function generateUnlessAborted(
  model: LanguageModelV4,
  params: LanguageModelV4CallOptions,
): Promise<LanguageModelV4GenerateResult> {
  return unlessAborted(params.abortSignal, model.doGenerate(asSettledCall(params)), {
    graceMs: graceMsOf(model),
  });
}

/** The same for a stream. A stream that arrives after the caller has left is canceled. */
export async function streamUnlessAborted(
  model: LanguageModelV4,
  params: LanguageModelV4CallOptions,
): Promise<LanguageModelV4StreamResult> {
  const { abortSignal } = params;
  const answering = Promise.resolve(model.doStream(asSettledCall(params)));
  const graceMs = graceMsOf(model);
  try {
    return await unlessAborted(abortSignal, answering, { graceMs });
  } catch (error) {
    answering.then(({ stream }) => stream.cancel(error)).catch(() => {});
    throw error;
  }
}

/**
 * Milliseconds that a model may take to stop after an abort. An A2A agent is sent a cancel request meanwhile,
 * which is awaited for at most three seconds.
 */
export function graceMsOf(model: LanguageModelV4): number {
  return isA2AModel(model) ? 5000 : 1000;
}

/** Reads a stream to its end, and returns a replay of it. */
export async function readWholeStream(result: LanguageModelV4StreamResult): Promise<{
  result: LanguageModelV4StreamResult;
  end: Extract<LanguageModelV4StreamPart, { type: 'finish' }> | undefined;
}> {
  const parts: LanguageModelV4StreamPart[] = [];
  const reader = result.stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
  }
  const stream = new ReadableStream<LanguageModelV4StreamPart>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  return { result: { ...result, stream }, end: parts.find((part) => part.type === 'finish') };
}
