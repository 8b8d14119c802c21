import { SettlementError, type SettlementRail } from '../../rails/rail';
import type { SettledCall, WholeAnswer } from './settlement-middleware';
import { negotiatePrice, type NegotiatedTask, type Negotiation } from '../plan/negotiate';
import type { Arranging } from './arranging';
import { cancelWaiting } from './cancel-waiting';
import { continueTask, decorateParams } from './call-params';

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
  { options }: Arranging,
  { ask, model, params }: SettledCall<RESULT>,
  { negotiation, rail }: { negotiation: Negotiation; rail: SettlementRail },
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
    // Not waited for: whoever asked for the price should not wait for an agent that he does not want.
    cancelWaiting(model, taskId, { params, waitUntil: options.waitUntil });
  }
}

function waitingTask(end: WholeAnswer<unknown>['end']): NegotiatedTask | undefined {
  const { contextId, taskId } = end?.providerMetadata?.['a2a'] ?? {};
  if (end?.finishReason.raw !== 'input-required' || typeof taskId !== 'string') return undefined;
  return { taskId, contextId: typeof contextId === 'string' ? contextId : undefined };
}
