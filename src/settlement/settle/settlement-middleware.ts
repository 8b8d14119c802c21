import { APICallError } from '@ai-sdk/provider';
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4Middleware,
  LanguageModelV4StreamResult,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { logWarningsOnEdge } from '../../internal/log-warnings-on-edge';
import { watchOf } from '../../internal/call-watch';
import { compareAmounts } from '../../internal/decimal';
import { SettlementError } from '../../rails/rail';
import { answerOf, answerOfError, answerOfFailure, type TaskAnswer } from '../outcome/agent-answer';
import { agentSettings, gatewayPrefix } from '../state/agent-settings';
import { classifyError, classifyFinish, isA2AModel } from '../outcome/classify-outcome';
import {
  finishGeneration,
  GenerationCollector,
  type FinishedGeneration,
} from '../../internal/finished-generation';
import { receiptMetadata, type SettlementReceipt } from '../state/settlement-receipt';
import type { Outcome } from '../state/settlement-state';
import { totalTimeoutMsOf } from '../../internal/total-timeout';
import { unlessAborted } from '../../internal/unless-aborted';
import type { ResolvedSettlementOptions } from '../options/settlement-options';
import { deliveryOptionsOf } from '../outcome/judge-delivery';
import { firstOfGenerate, firstOfStream, type FirstAnswer } from './first-answer';
import { drainStream, type StreamEnd } from './drain-stream';
import { passStream } from './stream-parts';
import { readWholeStream } from './read-whole-stream';
import { isSettledTwice, markAsSettled, settledBy, withWarning } from './settled-by';

/** One call, before anything is arranged for it. */
export interface SettledCall<RESULT> {
  model: LanguageModelV4;
  params: LanguageModelV4CallOptions;
  /** Calls the model, and waits for the end of its answer. */
  ask: (params: LanguageModelV4CallOptions) => Promise<WholeAnswer<RESULT>>;
  /** Calls the model, and waits until it is known whether the agent asks for something first. */
  askFirst: (params: LanguageModelV4CallOptions) => Promise<FirstAnswer<RESULT>>;
}

export interface WholeAnswer<RESULT> {
  result: RESULT;
  /** Undefined for a stream that was cut off. */
  end: Pick<LanguageModelV4GenerateResult, 'finishReason' | 'providerMetadata'> | undefined;
}

/** What has been arranged for one generation before its agent is called. */
export interface Arrangement<RESULT = never> {
  /** What the model is called with. */
  params: LanguageModelV4CallOptions;
  /**
   * The agent has answered already, and is not called again.
   *
   * @throws what the model threw.
   */
  answered?: () => RESULT;
  warnings: SharedV4Warning[];
  /** Notes what a part tells of its task, and marks what a later turn must find again. */
  mark: (
    metadata: SharedV4ProviderMetadata | undefined,
  ) => Promise<SharedV4ProviderMetadata | undefined>;
  /**
   * Settles, and returns what can be said of it within the time a caller should wait. `generation`
   * is what came of the call, as far as it went, and `answer` what its agent said last.
   */
  settle: (
    outcome: Outcome,
    generation?: FinishedGeneration,
    answer?: TaskAnswer,
  ) => Promise<SettlementReceipt>;
  /** When the hold lapses, in milliseconds since 1970. Undefined where nothing is held. */
  lapsesAt?: number;
  /** The agent takes the money by itself: a call that it has heard of is not to be made again. */
  isOnce?: boolean;
}

export type Arrange = <RESULT>(call: SettledCall<RESULT>) => Promise<Arrangement<RESULT>>;

/** Hold before, settle after. Knows the AI SDK's calls and streams, and leaves the money to `arrange`. */
export function createMiddleware({
  arrange,
  options,
}: {
  arrange: Arrange;
  options: ResolvedSettlementOptions;
}): LanguageModelV4Middleware {
  const isSettled = (model: LanguageModelV4) =>
    isA2AModel(model) ||
    model.modelId.startsWith(gatewayPrefix) ||
    agentSettings(options.agents, model.modelId) !== undefined;

  const maxBytes = options.buffer?.maxBytes ?? defaultMaxBytes;

  const collectorFor = ({ modelId }: LanguageModelV4, call: LanguageModelV4CallOptions) => {
    const { meter, verify } = deliveryOptionsOf(modelId, options);
    const keepsContent = (meter ?? verify ?? watchOf(call)) !== undefined;
    return new GenerationCollector(modelId, { keepsContent });
  };

  /** The caller may have left while tokens were held: then the agent never hears of it. */
  const arrangeCall: Arrange = async (call) => {
    const arrangement = await arrange(call);
    logWarningsOnEdge(arrangement.warnings);
    const { abortSignal } = call.params;
    if (abortSignal?.aborted === true) {
      const reason = arrangement.answered === undefined ? 'not-dispatched' : 'aborted';
      await arrangement.settle({ type: 'failed', reason });
      throw abortSignal.reason;
    }
    return arrangement;
  };

  return {
    specificationVersion: 'v4',

    overrideSupportedUrls: ({ model }) =>
      isSettled(model) ? markAsSettled(model, arrange) : model.supportedUrls,

    async wrapGenerate({ doGenerate, model, params }) {
      if (!isSettled(model)) return doGenerate();
      const inner = await settledBy(model, params);
      if (inner !== undefined) {
        const result = await doGenerate();
        if (inner === arrange) return result;
        return { ...result, warnings: [...result.warnings, isSettledTwice] };
      }
      const { mark, settle, warnings, ...arranged } = await arrangeCall({
        model,
        params,
        async ask(asked) {
          const result = await model.doGenerate(asked);
          return { result, end: result };
        },
        askFirst: (asked) => firstOfGenerate(answerTo(model, asked)),
      });
      try {
        const result = arranged.answered?.() ?? (await answerTo(model, arranged.params));
        await mark(result.providerMetadata);
        // A model of any make may leave out what it has to say: all of it is read before anything is paid.
        const content = await Promise.all(
          result.content.map(async (part) => {
            const providerMetadata = await mark(part.providerMetadata);
            return providerMetadata === undefined ? part : { ...part, providerMetadata };
          }),
        );
        const told = { ...result, content, warnings: [...result.warnings, ...warnings] };
        const receipt = await settle(
          classifyFinish(model, result.finishReason, result.providerMetadata),
          finishGeneration(model.modelId, result),
          answerOf(result.providerMetadata),
        );
        const settlement = receiptMetadata(receipt);
        return {
          ...told,
          warnings: [...told.warnings, ...warnOfOvercharge(receipt)],
          providerMetadata: { ...result.providerMetadata, settlement },
        };
      } catch (error) {
        const outcome = classifyError(model, error, params.abortSignal);
        await settle(outcome, undefined, answerOfError(error));
        throw arranged.isOnce === true ? onceOnly(error, outcome) : error;
      }
    },

    async wrapStream({ doStream, model, params }) {
      if (!isSettled(model)) return doStream();
      const inner = await settledBy(model, params);
      if (inner !== undefined) {
        const result = await doStream();
        return inner === arrange ? result : withWarning(result, isSettledTwice);
      }
      const { lapsesAt, mark, settle, warnings, ...arranged } = await arrangeCall({
        model,
        params,
        ask: async (asked) => readWholeStream(await model.doStream(asked)),
        askFirst: (asked) => firstOfStream(streamOf(model, asked), { maxBytes }),
      });
      const collector = collectorFor(model, params);
      const settleEnd = (end: StreamEnd): Promise<SettlementReceipt> => {
        switch (end.type) {
          case 'finished':
            return settle(
              classifyFinish(model, end.finish.finishReason, end.finish.providerMetadata),
              collector.finish(end.finish),
              answerOf(end.finish.providerMetadata),
            );
          case 'failed':
            return settle(
              classifyError(model, end.error, params.abortSignal),
              collector.finish(),
              answerOfFailure(end.error, end.finish?.providerMetadata),
            );
          case 'cut':
            return settle({ type: 'failed', reason: 'stream-cut' });
        }
      };
      const readerUntil = lapsesAt && readerDeadline(model, lapsesAt);
      try {
        const result = arranged.answered?.() ?? (await streamOf(model, arranged.params));
        const { stream } = result;
        if (readerUntil === undefined) {
          const receipt = await settle({ type: 'delivered' });
          return { ...result, stream: passStream(stream, { receipt, warnings }) };
        }
        const drained = drainStream(stream, {
          abortSignal: params.abortSignal,
          graceMs: graceMsOf(model),
          mark,
          maxBytes,
          maxWaitMs: options.buffer?.maxWaitMs,
          notRead: () => notRead(model),
          observe: (part) => collector.add(part),
          readerUntil,
          settle: settleEnd,
          waitUntil: options.waitUntil,
          warnings,
        });
        return { ...result, stream: drained };
      } catch (error) {
        const outcome = classifyError(model, error, params.abortSignal);
        await settle(outcome, undefined, answerOfError(error));
        throw arranged.isOnce === true ? onceOnly(error, outcome) : error;
      }
    },
  };
}

async function answerTo(
  model: LanguageModelV4,
  params: LanguageModelV4CallOptions,
): Promise<LanguageModelV4GenerateResult> {
  return unlessAborted(params.abortSignal, model.doGenerate(params), { graceMs: graceMsOf(model) });
}

/**
 * The AI SDK makes a call again whose error says so (HTTP 429, 503). An agent that has the payment of the
 * first may have taken it, and the second is paid by another.
 */
function onceOnly(error: unknown, outcome: Outcome): unknown {
  const isUnheard = outcome.type === 'failed' && outcome.reason === 'unreachable';
  return !isUnheard && APICallError.isInstance(error) && error.isRetryable
    ? Object.assign(error, { isRetryable: false })
    : error;
}

/** The agent took more than was held for it. */
function warnOfOvercharge({ amount, captured, currency }: SettlementReceipt): SharedV4Warning[] {
  if (amount === undefined || captured === undefined || compareAmounts(captured, amount) <= 0) {
    return [];
  }
  const message = `The agent took ${captured} ${currency ?? 'tokens'}, and ${amount} was agreed to.`;
  return [{ type: 'other', message }];
}

/** A stream that comes when nobody waits for it any more is canceled. */
async function streamOf(
  model: LanguageModelV4,
  params: LanguageModelV4CallOptions,
): Promise<LanguageModelV4StreamResult> {
  const { abortSignal } = params;
  const answering = Promise.resolve(model.doStream(params));
  const graceMs = graceMsOf(model);
  try {
    return await unlessAborted(abortSignal, answering, { graceMs });
  } catch (error) {
    answering.then(({ stream }) => stream.cancel(error)).catch(() => {});
    throw error;
  }
}

/**
 * Milliseconds that a model has after an abort to end by itself. An A2A agent is asked to cancel its
 * task meanwhile, and is not waited for longer than three seconds.
 */
function graceMsOf(model: LanguageModelV4): number {
  return isA2AModel(model) ? 5000 : 1000;
}

const defaultMaxBytes = 4 * 1024 * 1024;

/** Milliseconds that are left after it for the rest of the answer, and for the settlement. */
const marginMs = 300_000;

/** Until when a reader is waited for: the rest of the answer must come before its hold, or its call, is over. */
function readerDeadline(model: LanguageModelV4, lapsesAt: number): number {
  const now = Date.now();
  const leftMs = Math.min(lapsesAt - now, totalTimeoutMsOf(model) ?? Number.POSITIVE_INFINITY);
  return now + Math.max(leftMs / 2, leftMs - marginMs);
}

function notRead({ modelId }: LanguageModelV4): SettlementError {
  return new SettlementError({
    code: 'NOT_READ',
    message: `The answer of agent "${modelId}" was not read on in time, and what had come of it was dropped. The agent is paid by how it ends its task. Read the stream to its end, or set \`buffer\` for readers who take longer.`,
  });
}
