import {
  InvalidArgumentError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4StreamPart,
  type SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { acceptsAnswer, isVerify, type Verify, verifyMessage } from '../internal/accepts-answer';
import { watchCall, watchOf } from '../internal/call-watch';
import type { FinishedGeneration } from '../internal/finished-generation';
import { assertOptions, optionsOf, text } from '../internal/option-schemas';
import { readReceipt } from './agent-receipt';
import { Budget, type BudgetAmounts } from './budget';
import { BudgetExceededError } from './budget-exceeded-error';
import { commonUrls } from './common-urls';
import { NoAcceptedAnswerError, type RefusedTry } from './no-accepted-answer-error';
import { UnwatchedPaymentError } from './unwatched-payment-error';
import { WatchedCall } from './watched-call';
import { generateWith, streamWith, type WholeAnswer } from './whole-answer';

export interface FirstAcceptedOptions {
  /**
   * Decides whether an answer is accepted: a function or a schema, as in `createSettlement`. Called before
   * settlement. An answer for which it throws is refused.
   */
  verify: Verify;
  /**
   * The maximum amount that one generation may hold and spend, over all models it calls, excluding the
   * ledger's fees. Confirmed refunds are available again. Default: unlimited.
   */
  budget?: BudgetAmounts;
  /** The id of the returned model. Default: `first-accepted`. */
  modelId?: string;
}

/**
 * A model over several models: calls one at a time, in this order, and returns the first answer that `verify`
 * accepts. If the models are wrapped by a settlement, only that answer is paid; earlier ones are refunded. A
 * stream starts when an answer is accepted.
 *
 * `providerMetadata.firstAccepted` contains the `model` that answered, and the earlier `tries` with their
 * outcomes.
 *
 * @throws NoAcceptedAnswerError from a generation if no answer was accepted.
 * @throws UnwatchedPaymentError from a generation that was paid without checking `budget` and `verify`.
 * @throws InvalidArgumentError naming each unknown or invalid option.
 *
 * @example
 * ```ts
 * const writer = firstAccepted([agent, model], {
 *   verify: ({ text }) => text.length > 200,
 *   budget: 30,
 * });
 * ```
 */
export function firstAccepted(
  models: readonly LanguageModelV4[],
  given: FirstAcceptedOptions,
): LanguageModelV4 {
  assertModels(models);
  assertOptions(optionsSchema(), given, { before: 'firstAccepted: ' });
  const { budget, modelId = 'first-accepted', verify } = given;
  // Each generation has a budget of its own. This one only validates the amounts.
  void new Budget(budget);

  return {
    specificationVersion: 'v4',
    provider: 'first-accepted',
    modelId,
    supportedUrls: commonUrls(models),

    async doGenerate(options) {
      const { result, metadata } = await ask(options, generateWith);
      return { ...result, providerMetadata: { ...result.providerMetadata, ...metadata } };
    },

    async doStream(options) {
      const { result, metadata } = await ask(options, streamWith);
      const { parts, ...rest } = result;
      const stream = new ReadableStream<LanguageModelV4StreamPart>({
        start(controller) {
          for (const part of parts) controller.enqueue(withMetadata(part, metadata));
          controller.close();
        },
      });
      return { ...rest, stream };
    },
  };

  /** Calls the models in turn. The next one is called after the previous one is settled. */
  async function ask<RESULT>(
    options: LanguageModelV4CallOptions,
    callWith: (
      model: LanguageModelV4,
      options: LanguageModelV4CallOptions,
    ) => Promise<WholeAnswer<RESULT>>,
  ): Promise<{ result: RESULT; metadata: SharedV4ProviderMetadata }> {
    const { abortSignal, providerOptions } = options;
    const ofGeneration = new Budget(budget);
    const outer = watchOf(options);
    const tries: RefusedTry[] = [];
    for (const model of models) {
      abortSignal?.throwIfAborted();
      const call = new WatchedCall(ofGeneration, {
        outer,
        judge: async (answer, { isQuestion }) => !isQuestion && acceptsAnswer(verify, answer),
      });
      const about = () => ({
        model: model.modelId,
        ...(call.receipt !== undefined && { receipt: call.receipt }),
      });
      try {
        const watched = { ...options, providerOptions: watchCall(providerOptions, call) };
        const { answer, isQuestion, result } = await callWith(model, watched);
        call.assertHeard(model.modelId, answer.providerMetadata);
        if (await isAccepted(call, answer, isQuestion)) {
          return { result, metadata: metadataOf(model, tries) };
        }
        tries.push({ ...about(), outcome: 'refused', error: call.error });
      } catch (error) {
        // An aborted call, or one that was already paid, is not repeated.
        if (abortSignal?.aborted === true || call.isAccepted === true) throw error;
        // No further call after a payment that bypassed the budget.
        if (UnwatchedPaymentError.isInstance(error)) throw error;
        // Invalid arguments fail with every model.
        if (tries.length === 0 && InvalidArgumentError.isInstance(error)) throw error;
        const outcome = BudgetExceededError.isInstance(error) ? 'over-budget' : 'failed';
        tries.push({ ...about(), outcome, error });
      }
    }
    throw new NoAcceptedAnswerError({ tries });
  }
}

/** Without a hold, `verify` was not called yet. */
async function isAccepted(
  call: WatchedCall,
  answer: FinishedGeneration,
  isQuestion: boolean,
): Promise<boolean> {
  if (call.isAccepted !== undefined) return call.isAccepted;
  // Refused by the `verify` option of the settlement.
  const status = readReceipt(answer.providerMetadata?.['settlement'])?.status;
  if (status === 'refunded' || status === 'disputed') return false;
  return call.verify(answer, { isQuestion });
}

function metadataOf({ modelId }: LanguageModelV4, tries: RefusedTry[]): SharedV4ProviderMetadata {
  return {
    firstAccepted: {
      model: modelId,
      // A thrown error may contain private data.
      tries: tries.map(({ model, outcome, receipt }) => ({
        model,
        outcome,
        ...(receipt !== undefined && { receipt }),
      })),
    },
  };
}

function withMetadata(
  part: LanguageModelV4StreamPart,
  metadata: SharedV4ProviderMetadata,
): LanguageModelV4StreamPart {
  if (part.type !== 'finish') return part;
  return { ...part, providerMetadata: { ...part.providerMetadata, ...metadata } };
}

// The budget is validated by `Budget`.
const optionsSchema = () =>
  optionsOf<FirstAcceptedOptions>(
    {
      verify: z.custom<Verify>(isVerify, verifyMessage),
      budget: z.custom<BudgetAmounts>(),
      modelId: text,
    },
    ['verify'],
  );

function assertModels(models: readonly LanguageModelV4[]): void {
  const isModel = (model: unknown) =>
    typeof model === 'object' && model !== null && 'doGenerate' in model && 'doStream' in model;
  if (Array.isArray(models) && models.length > 0 && models.every(isModel)) return;
  throw new InvalidArgumentError({
    argument: 'models',
    message: 'models must be a list of at least one language model.',
  });
}
