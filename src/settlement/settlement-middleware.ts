import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Middleware,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { classifyError, classifyFinish, isA2AModel } from './classify-outcome';
import { drainStream, type StreamEnd } from './drain-stream';
import { receiptMetadata, type SettlementReceipt } from './settlement-receipt';
import type { ResolvedSettlementOptions } from './settlement-options';
import type { Outcome } from './settlement-state';

/** What has been arranged for one generation before its agent is called. */
export interface Arrangement {
  /** What the model is called with. */
  params: LanguageModelV4CallOptions;
  warnings: SharedV4Warning[];
  /** Settles, and returns what can be said of it within the time a caller should wait. */
  settle: (outcome: Outcome) => Promise<SettlementReceipt>;
}

export type Arrange = (call: {
  model: LanguageModelV4;
  params: LanguageModelV4CallOptions;
}) => Promise<Arrangement>;

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

  return {
    specificationVersion: 'v4',

    async wrapGenerate({ doGenerate, model, params }) {
      if (!isSettled(model)) return doGenerate();
      const { settle, warnings, ...arranged } = await arrange({ model, params });
      let result;
      try {
        result = await model.doGenerate(arranged.params);
      } catch (error) {
        await settle(classifyError(error, params.abortSignal));
        throw error;
      }
      const receipt = await settle(
        classifyFinish(model, result.finishReason, result.providerMetadata),
      );
      return {
        ...result,
        warnings: [...result.warnings, ...warnings],
        providerMetadata: { ...result.providerMetadata, settlement: receiptMetadata(receipt) },
      };
    },

    async wrapStream({ doStream, model, params }) {
      if (!isSettled(model)) return doStream();
      const { settle, warnings, ...arranged } = await arrange({ model, params });
      const outcomeOf = (end: StreamEnd): Outcome => {
        switch (end.type) {
          case 'finished':
            return classifyFinish(model, end.finish.finishReason, end.finish.providerMetadata);
          case 'failed':
            return classifyError(end.error, params.abortSignal);
          case 'cut':
            return { type: 'failed', reason: 'stream-cut' };
        }
      };
      try {
        const result = await model.doStream(arranged.params);
        return {
          ...result,
          stream: drainStream(result.stream, {
            warnings,
            settle: (end) => settle(outcomeOf(end)),
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
