import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4Middleware,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { logWarningsOnEdge } from '../../internal/log-warnings-on-edge';
import { classifyError, classifyFinish, isA2AModel } from '../core/classify-outcome';
import {
  finishGeneration,
  GenerationCollector,
  type FinishedGeneration,
} from '../core/finished-generation';
import { receiptMetadata, type SettlementReceipt } from '../core/settlement-receipt';
import type { Outcome } from '../core/settlement-state';
import type { ResolvedSettlementOptions } from '../options/settlement-options';
import { deliveryOptionsOf } from '../verdict/judge-delivery';
import { drainStream, type StreamEnd } from './drain-stream';
import { readWholeStream } from './read-whole-stream';

/** One call, before anything is arranged for it. */
export interface SettledCall<RESULT> {
  model: LanguageModelV4;
  params: LanguageModelV4CallOptions;
  /** Calls the model, and waits for the end of its answer. */
  ask: (params: LanguageModelV4CallOptions) => Promise<WholeAnswer<RESULT>>;
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
  /** The agent has answered already, although nothing was held. */
  result?: RESULT;
  warnings: SharedV4Warning[];
  /** Notes what a part tells of its task, and marks what a later turn must find again. */
  mark: (
    metadata: SharedV4ProviderMetadata | undefined,
  ) => Promise<SharedV4ProviderMetadata | undefined>;
  /**
   * Settles, and returns what can be said of it within the time a caller should wait. `generation`
   * is what came of the call, as far as it went.
   */
  settle: (outcome: Outcome, generation?: FinishedGeneration) => Promise<SettlementReceipt>;
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
    isA2AModel(model) || Object.hasOwn(options.agents ?? {}, model.modelId);

  const collectorFor = ({ modelId }: LanguageModelV4) => {
    const { meter, verify } = deliveryOptionsOf(modelId, options);
    const keepsContent = meter !== undefined || verify !== undefined;
    return new GenerationCollector(modelId, { keepsContent });
  };

  /** The caller may have left while tokens were held: then the agent never hears of it. */
  const arrangeCall: Arrange = async (call) => {
    const arrangement = await arrange(call);
    logWarningsOnEdge(arrangement.warnings);
    const { abortSignal } = call.params;
    if (abortSignal?.aborted === true) {
      await arrangement.settle({ type: 'failed', reason: 'not-dispatched' });
      throw abortSignal.reason;
    }
    return arrangement;
  };

  return {
    specificationVersion: 'v4',

    async wrapGenerate({ doGenerate, model, params }) {
      if (!isSettled(model)) return doGenerate();
      const { mark, settle, warnings, ...arranged } = await arrangeCall({
        model,
        params,
        async ask(asked) {
          const result = await model.doGenerate(asked);
          return { result, end: result };
        },
      });
      let result;
      try {
        result = arranged.result ?? (await model.doGenerate(arranged.params));
      } catch (error) {
        await settle(classifyError(error, params.abortSignal));
        throw error;
      }
      await mark(result.providerMetadata);
      const content = await Promise.all(
        result.content.map(async (part) => {
          const providerMetadata = await mark(part.providerMetadata);
          return providerMetadata === undefined ? part : { ...part, providerMetadata };
        }),
      );
      const receipt = await settle(
        classifyFinish(model, result.finishReason, result.providerMetadata),
        finishGeneration(model.modelId, result),
      );
      return {
        ...result,
        content,
        warnings: [...result.warnings, ...warnings],
        providerMetadata: { ...result.providerMetadata, settlement: receiptMetadata(receipt) },
      };
    },

    async wrapStream({ doStream, model, params }) {
      if (!isSettled(model)) return doStream();
      const { mark, settle, warnings, ...arranged } = await arrangeCall({
        model,
        params,
        ask: async (asked) => readWholeStream(await model.doStream(asked)),
      });
      const collector = collectorFor(model);
      const settleEnd = (end: StreamEnd): Promise<SettlementReceipt> => {
        switch (end.type) {
          case 'finished':
            return settle(
              classifyFinish(model, end.finish.finishReason, end.finish.providerMetadata),
              collector.finish(end.finish),
            );
          case 'failed':
            return settle(classifyError(end.error, params.abortSignal), collector.finish());
          case 'cut':
            return settle({ type: 'failed', reason: 'stream-cut' });
        }
      };
      try {
        const result = arranged.result ?? (await model.doStream(arranged.params));
        return {
          ...result,
          stream: drainStream(result.stream, {
            mark,
            warnings,
            observe: (part) => collector.add(part),
            settle: settleEnd,
            waitUntil: options.waitUntil,
          }),
        };
      } catch (error) {
        await settle(classifyError(error, params.abortSignal));
        throw error;
      }
    },
  };
}
