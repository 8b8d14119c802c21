import { SettlementError } from '../../rails/rail';
import { keepAlive } from '../core/keep-alive';
import type { SettledCall, WholeAnswer } from '../middleware/settlement-middleware';
import { negotiatePrice, type NegotiatedTask, type Negotiation } from '../price/negotiate';
import type { Arranging } from './arranging';
import { continueTask } from './continue-task';
import { decorateParams } from './decorate-params';

/** What came of asking an agent for its price. */
export type Agreement<RESULT> =
  | {
      type: 'agreed';
      amount: number;
      /** The call, to be sent on the task that waits for it. */
      continued: Pick<SettledCall<RESULT>, 'model' | 'params'>;
      /** Asks the agent not to wait any more. */
      cancel: () => void;
    }
  /** The agent did not wait for a price. */
  | { type: 'answered'; result: RESULT };

/**
 * Agrees on a price, by sending the call itself with offers instead of a payment.
 *
 * @throws SettlementError `NOT_CONFIGURED` on a rail without words for it; whatever `negotiatePrice` throws.
 */
export async function agreeOnPrice<RESULT>(
  { context: { rail }, options }: Arranging,
  { ask, model, params }: SettledCall<RESULT>,
  negotiation: Negotiation,
): Promise<Agreement<RESULT>> {
  const decorateOffer = rail.decorateOffer?.bind(rail);
  const proposal = rail.proposal?.bind(rail);
  if (decorateOffer === undefined || proposal === undefined) {
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message: `The call of agent "${model.modelId}" was not sent: its price is negotiable, and rail "${rail.name}" has no words for that.`,
      isDispatched: false,
    });
  }
  const negotiated = await negotiatePrice(negotiation, {
    async ask(offer, task) {
      const { end, result } = await ask(
        continueTask(decorateParams(params, decorateOffer(offer)), task),
      );
      const waiting = waitingTask(end);
      const price = waiting && proposal(end?.providerMetadata?.['a2a']?.['metadata']);
      return { result, proposal: waiting && price && { price, task: waiting } };
    },
    cancel,
    signal: params.abortSignal,
  });
  if (negotiated.type === 'answered') return negotiated;
  const { amount, task } = negotiated;
  const agreed = decorateParams(params, decorateOffer({ agreedPrice: amount }));
  return {
    type: 'agreed',
    amount,
    continued: { model, params: continueTask(agreed, task) },
    cancel: () => cancel(task),
  };

  function cancel({ taskId }: NegotiatedTask): void {
    if (!hasCancelTask(model)) return;
    // Not waited for: whoever asked for the price should not wait for an agent that he does not want.
    const canceling = model.cancelTask(taskId).catch(() => {});
    keepAlive(options.waitUntil, canceling);
  }
}

function waitingTask(end: WholeAnswer<unknown>['end']): NegotiatedTask | undefined {
  const { contextId, taskId } = end?.providerMetadata?.['a2a'] ?? {};
  if (end?.finishReason.raw !== 'input-required' || typeof taskId !== 'string') return undefined;
  return { taskId, contextId: typeof contextId === 'string' ? contextId : undefined };
}

interface WithCancelTask {
  cancelTask(taskId: string): Promise<void>;
}

function hasCancelTask(model: object): model is WithCancelTask {
  return 'cancelTask' in model && typeof model.cancelTask === 'function';
}
