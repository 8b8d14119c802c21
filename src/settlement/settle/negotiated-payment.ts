import { SettlementError } from '../../rails/rail';
import { conversationOf } from '../hold/conversation-of';
import type { TaskTurn } from '../hold/task-turns';
import { assertListed } from '../plan/assert-allowed';
import { negotiatePrice, type NegotiatedTask, type Negotiation } from '../plan/negotiate';
import type { PaidPlan, PaymentQuoteResult } from '../plan/payment-plan';
import { beginHeldPayment } from './begin-held-payment';
import { continueTask, decorateParams, labelsOf } from './call-params';
import { cancelWaitingTask } from './cancel-waiting-task';
import type { AnswerEnd, Payment, PaymentDeps, SettledCall } from './payment';
import { freePayment, paymentWithoutHold } from './unpaid-payment';

/**
 * Agrees on a price with the agent, holds it, and continues the waiting task. Nothing is held before both sides
 * agree.
 *
 * @throws SettlementError `NOT_ALLOWED`; `NOT_CONFIGURED` on a rail that cannot negotiate; errors of
 * `negotiatePrice` and `beginHeldPayment`. The waiting task is then canceled.
 */
export async function beginNegotiatedPayment(
  deps: PaymentDeps,
  call: SettledCall,
  {
    negotiation,
    plan,
    requestFor,
    turn,
  }: Extract<PaymentQuoteResult, { type: 'negotiable' }> & {
    plan: PaidPlan;
    turn: TaskTurn | undefined;
  },
): Promise<Payment> {
  const { model, params } = call;
  const { agent, ceiling } = negotiation;
  assertListed(agent, requestFor(ceiling), { ...deps.options, labels: labelsOf(params) });
  try {
    // A rail that is not configured could not pay the agreed price.
    plan.rail.assertConfigured();
  } catch (error) {
    return paymentWithoutHold(error, { agent, deps, params, plan });
  }
  const agreed = await agreeOnPrice(deps, call, { negotiation, plan });
  if (agreed === undefined) {
    const free = freePayment(params);
    free.isAnswered = true;
    return free;
  }
  const { amount, cancel, continued } = agreed;
  if (amount === 0) return freePayment(continued);
  try {
    return await beginHeldPayment(deps, { model, params: continued }, plan, {
      request: requestFor(amount),
      metering: undefined,
      warnings: [],
      agreement: { agreedPrice: amount },
      conversation: await conversationOf(model, continued),
      turn,
    });
  } catch (error) {
    cancel();
    throw error;
  }
}

/**
 * Agrees on a price by sending the call itself with offers instead of a payment. Undefined if the agent did not
 * wait for a price: its answer is then kept by the call.
 */
async function agreeOnPrice(
  { options }: PaymentDeps,
  { ask, model, params }: SettledCall,
  { negotiation, plan: { rail } }: { negotiation: Negotiation; plan: PaidPlan },
) {
  const decorateOffer = rail.decorateOffer?.bind(rail);
  const proposal = rail.proposal?.bind(rail);
  if (decorateOffer === undefined || proposal === undefined) {
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message: `The call of agent "${model.modelId}" was not sent: its price is negotiable, and rail "${rail.name}" does not support price negotiation.`,
      isDispatched: false,
    });
  }
  const agreed = await negotiatePrice(negotiation, {
    async ask(offer, task) {
      const end = await ask(continueTask(decorateParams(params, decorateOffer(offer)), task));
      const waiting = waitingTask(end);
      const price = waiting && proposal(end?.providerMetadata?.['a2a']?.['metadata']);
      return waiting && price && { price, task: waiting };
    },
    cancel,
    signal: params.abortSignal,
  });
  if (agreed === undefined) return undefined;
  const { amount, task } = agreed;
  return {
    amount,
    /** The call in the form that is sent on the waiting task. */
    continued: continueTask(decorateParams(params, decorateOffer({ agreedPrice: amount })), task),
    /** Sends a cancel request to the agent. */
    cancel: () => cancel(task),
  };

  function cancel({ taskId }: NegotiatedTask): void {
    // Not awaited: the caller should not wait for an agent without an agreed price.
    cancelWaitingTask(model, taskId, { params, waitUntil: options.waitUntil });
  }
}

function waitingTask(end: AnswerEnd | undefined): NegotiatedTask | undefined {
  const { contextId, taskId } = end?.providerMetadata?.['a2a'] ?? {};
  if (end?.finishReason.raw !== 'input-required' || typeof taskId !== 'string') return undefined;
  return { taskId, contextId: typeof contextId === 'string' ? contextId : undefined };
}
