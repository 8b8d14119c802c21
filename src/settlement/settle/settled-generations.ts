import { APICallError } from '@ai-sdk/provider';
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import { watchOf } from '../../internal/call-watch';
import { finishGeneration, GenerationCollector } from '../../internal/finished-generation';
import { logWarningsOnEdge } from '../../internal/log-warnings-on-edge';
import { asSettledCall } from '../../internal/settled-call';
import { totalTimeoutMsOf } from '../../internal/total-timeout';
import { SettlementError } from '../../rails/rail';
import type { ResolvedSettlementOptions } from '../options/settlement-options';
import { answerOf, answerOfError, answerOfFailure } from '../outcome/agent-answer';
import { classifyError, classifyFinish } from '../outcome/classify-outcome';
import { deliveryOptionsOf } from '../outcome/judge-delivery';
import { putReceiptOn } from '../state/receipt-on-error';
import { receiptMetadata, type SettlementReceipt } from '../state/settlement-receipt';
import type { SendSpan, SettlementTelemetry } from '../state/settlement-telemetry';
import type { Outcome } from '../state/settlement-state';
import {
  generateUnlessAborted,
  graceMsOf,
  readWholeStream,
  streamUnlessAborted,
} from './call-model';
import { drainStream, type StreamEnd } from './drain-stream';
import { FirstAnswers, firstOfGenerate, firstOfStream } from './first-answer';
import { labelsOf } from './call-params';
import type { BeginPayment, Payment } from './payment';
import { overchargeWarning } from './payment-warnings';
import type { SettledGenerations } from './settlement-middleware';
import { passStream } from './stream-parts';

/**
 * Holds before a call and settles after it. Handles the AI SDK's calls and streams; `begin` handles the
 * payment.
 */
export function settledGenerations({
  begin,
  options,
  telemetry,
}: {
  begin: BeginPayment;
  options: ResolvedSettlementOptions;
  telemetry: SettlementTelemetry;
}): SettledGenerations {
  const maxBytes = options.buffer?.maxBytes ?? defaultMaxBytes;

  const collectorFor = ({ modelId }: LanguageModelV4, call: LanguageModelV4CallOptions) => {
    const { meter, verify } = deliveryOptionsOf(modelId, options);
    const keepsContent = (meter ?? verify ?? watchOf(call)) !== undefined;
    return new GenerationCollector(modelId, { keepsContent });
  };

  /** The caller may have left while the hold was made: then the agent never receives the call. */
  const beginPayment: BeginPayment = async (call) => {
    const payment = await begin(call);
    logWarningsOnEdge(payment.warnings);
    const { abortSignal } = call.params;
    if (abortSignal?.aborted === true) {
      const reason = payment.isAnswered ? 'aborted' : 'not-dispatched';
      await payment.settle({ type: 'failed', reason });
      throw abortSignal.reason;
    }
    return payment;
  };

  /** The span of the message to the agent, until its answer ends. Undefined if the message was sent before. */
  const sendSpan = (
    { modelId: agent }: LanguageModelV4,
    params: LanguageModelV4CallOptions,
    { isAnswered }: Payment,
  ): SendSpan | undefined =>
    isAnswered
      ? undefined
      : telemetry.send(agent, { labels: labelsOf(params), prompt: params.prompt });

  return {
    async generate(model, params) {
      const answer = new FirstAnswers<LanguageModelV4GenerateResult>();
      const payment = await beginPayment({
        model,
        params,
        async ask(asked) {
          const result = await model.doGenerate(asSettledCall(asked));
          answer.keep(result);
          return result;
        },
        askFirst: (asked) => answer.read(firstOfGenerate(generateUnlessAborted(model, asked))),
      });
      const sending = sendSpan(model, params, payment);
      try {
        const result = payment.isAnswered
          ? answer.last()
          : await generateUnlessAborted(model, payment.params);
        for (const part of result.content) sending?.add(part);
        sending?.end({ 'a2a.finish_reason': result.finishReason.unified });
        await payment.mark(result.providerMetadata);
        // A getter or proxy of a foreign model may throw: the whole result is read before anything is paid.
        const content = await Promise.all(
          result.content.map(async (part) => {
            const providerMetadata = await payment.mark(part.providerMetadata);
            return providerMetadata === undefined ? part : { ...part, providerMetadata };
          }),
        );
        const told = { ...result, content, warnings: [...result.warnings, ...payment.warnings] };
        const receipt = await payment.settle(
          classifyFinish(model, result.finishReason, result.providerMetadata),
          finishGeneration(model.modelId, result),
          answerOf(result.providerMetadata),
        );
        const settlement = receiptMetadata(receipt);
        return {
          ...told,
          warnings: [...told.warnings, ...overchargeWarning(receipt)],
          providerMetadata: { ...result.providerMetadata, settlement },
        };
      } catch (error) {
        sending?.fail(error);
        return failSettled(error, payment, { model, params });
      }
    },

    async stream(model, params) {
      const answer = new FirstAnswers<LanguageModelV4StreamResult>();
      const payment = await beginPayment({
        model,
        params,
        async ask(asked) {
          const { end, result } = await readWholeStream(await model.doStream(asSettledCall(asked)));
          answer.keep(result);
          return end;
        },
        askFirst: (asked) =>
          answer.read(firstOfStream(streamUnlessAborted(model, asked), { maxBytes })),
      });
      const { lapsesAt, warnings } = payment;
      const collector = collectorFor(model, params);
      const sending = sendSpan(model, params, payment);
      const settleEnd = (end: StreamEnd): Promise<SettlementReceipt> => {
        if (end.type !== 'finished') sending?.fail(end.type === 'failed' ? end.error : undefined);
        else sending?.end({ 'a2a.finish_reason': end.finish.finishReason.unified });
        switch (end.type) {
          case 'finished':
            return payment.settle(
              classifyFinish(model, end.finish.finishReason, end.finish.providerMetadata),
              collector.finish(end.finish),
              answerOf(end.finish.providerMetadata),
            );
          case 'failed':
            return payment.settle(
              classifyError(model, end.error, params.abortSignal),
              collector.finish(),
              answerOfFailure(end.error, end.finish?.providerMetadata),
            );
          case 'cut':
            return payment.settle({ type: 'failed', reason: 'stream-cut' });
        }
      };
      const readerUntil = lapsesAt && readerDeadline(model, lapsesAt);
      try {
        const result = payment.isAnswered
          ? answer.last()
          : await streamUnlessAborted(model, payment.params);
        const { stream } = result;
        if (readerUntil === undefined) {
          sending?.end();
          const receipt = await payment.settle({ type: 'delivered' });
          return {
            ...result,
            stream: passStream(stream, { abortSignal: params.abortSignal, receipt, warnings }),
          };
        }
        const drained = drainStream(stream, {
          abortSignal: params.abortSignal,
          graceMs: graceMsOf(model),
          mark: (metadata) => payment.mark(metadata),
          maxBytes,
          maxWaitMs: options.buffer?.maxWaitMs,
          notRead: () => notRead(model),
          observe: (part) => {
            sending?.add(part);
            collector.add(part);
          },
          readerUntil,
          settle: settleEnd,
          waitUntil: options.waitUntil,
          warnings,
        });
        return { ...result, stream: drained };
      } catch (error) {
        sending?.fail(error);
        return failSettled(error, payment, { model, params });
      }
    },
  };
}

/** Settles a call that threw, and throws its error with the receipt on it. */
async function failSettled(
  error: unknown,
  payment: Payment,
  { model, params }: { model: LanguageModelV4; params: LanguageModelV4CallOptions },
): Promise<never> {
  const outcome = classifyError(model, error, params.abortSignal);
  const receipt = await payment.settle(outcome, undefined, answerOfError(error));
  putReceiptOn(error, receipt, params.abortSignal);
  throw payment.isOnce === true ? onceOnly(error, outcome) : error;
}

/**
 * The AI SDK repeats a call whose error is retryable (HTTP 429, 503). An agent that received the first payment
 * may have captured it, and the repetition would be paid again.
 */
function onceOnly(error: unknown, outcome: Outcome): unknown {
  const isUnheard = outcome.type === 'failed' && outcome.reason === 'unreachable';
  return !isUnheard && APICallError.isInstance(error) && error.isRetryable
    ? Object.assign(error, { isRetryable: false })
    : error;
}

const defaultMaxBytes = 4 * 1024 * 1024;

/** Milliseconds reserved for the rest of the answer and for the settlement. */
const marginMs = 300_000;

/**
 * Until when a reader is waited for: the rest of the answer must arrive before the hold expires and before the
 * call times out.
 */
function readerDeadline(model: LanguageModelV4, lapsesAt: number): number {
  const now = Date.now();
  const leftMs = Math.min(lapsesAt - now, totalTimeoutMsOf(model) ?? Number.POSITIVE_INFINITY);
  return now + Math.max(leftMs / 2, leftMs - marginMs);
}

function notRead({ modelId }: LanguageModelV4): SettlementError {
  return new SettlementError({
    code: 'NOT_READ',
    message: `The answer of agent "${modelId}" was not read in time, and its unread content was dropped. The payment is settled by how the task ends. Read the stream to its end, or set \`buffer\` for slower readers.`,
  });
}
