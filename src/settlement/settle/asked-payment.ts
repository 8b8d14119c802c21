import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { unlessAborted } from '../../internal/unless-aborted';
import type {
  HoldRequest,
  MessageDecoration,
  PaymentChallenge,
  SettlementError,
  SettlementRail,
} from '../../rails/rail';
import { conversationOf } from '../hold/conversation-of';
import type { TaskTurn } from '../hold/task-turns';
import { type TaskAnswer } from '../outcome/agent-answer';
import { assertListed } from '../plan/assert-allowed';
import { notConfigured } from '../plan/choose-rail';
import { limitsInForce, noLimit } from '../plan/currency-limits';
import type { PaidPlan } from '../plan/payment-plan';
import { costOf, type SettlementReceipt } from '../state/settlement-receipt';
import { beginHeldPayment } from './begin-held-payment';
import { continueTask, decorateParams } from './call-params';
import { cancelWaitingTask } from './cancel-waiting-task';
import type { Payment, PaymentDeps, SettledCall } from './payment';
import { freePayment, paymentWithoutHold } from './unpaid-payment';
import { isWaitingState } from '../state/task-states';

interface Asking {
  /** The earlier hold of the call, if the agent may have captured it. */
  earlier?: SettlementReceipt | undefined;
  plan: PaidPlan;
  requestFor: (challenge: PaymentChallenge) => HoldRequest;
  turn: TaskTurn | undefined;
}

/**
 * Sends a message without payment. The amount that the agent asks for in its answer is held once limits and
 * approval allow it, and the call continues on the waiting task with that hold. There is no third message.
 *
 * @throws SettlementError from limits and approval. The waiting task is then canceled.
 * @throws errors of the model, if the answer asks for nothing that can be paid.
 */
export async function beginAskedPayment(
  deps: PaymentDeps,
  call: SettledCall,
  asking: Asking,
): Promise<Payment> {
  const { model, params } = call;
  assertListed(model.modelId, {}, deps.options);
  const decorated = offer(params, askingRails(deps));
  const answer = await unlessAborted(params.abortSignal, call.askFirst(decorated), { graceMs });
  const pay = readChallenge(deps, call, answer);
  return pay === undefined ? answered(freePayment(params)) : pay(asking);
}

/**
 * Sends the message of a call that is already paid. If the agent does not accept the payment, its request is
 * paid once: the first hold is refunded as far as possible, and the requested amount is held.
 *
 * @throws as `beginAskedPayment`.
 */
export async function beginRefusablePayment(
  deps: PaymentDeps,
  call: SettledCall,
  { paid, plan, requestFor }: Omit<Asking, 'turn'> & { paid: Payment },
): Promise<Payment> {
  const { abortSignal } = call.params;
  // Nothing was sent yet.
  if (abortSignal?.aborted === true) return paid;
  let answer: TaskAnswer | undefined;
  try {
    answer = await unlessAborted(abortSignal, call.askFirst(paid.params), { graceMs });
  } catch {
    // The call kept the error as its answer, and is settled by it.
    return answered(paid);
  }
  const refuse = () =>
    paid.settle({ type: 'failed', reason: 'payment-refused' }, undefined, answer);
  let pay: Pay | undefined;
  try {
    pay = readChallenge(deps, call, answer);
  } catch (error) {
    await refuse();
    throw error;
  }
  if (pay === undefined) {
    // A request that no rail can pay is tried as well: otherwise the call ends under the first hold.
    if (isChallenge(deps, answer)) await refuse();
    return answered(paid);
  }
  const earlier = await refuse();
  // The turn ended with the first message.
  return pay({ earlier, plan, requestFor, turn: undefined });
}

type Pay = (asking: Asking) => Promise<Payment>;

/**
 * Pays the agent's request with a second message, on the first rail that can.
 *
 * @returns undefined if no rail can pay the request.
 * @throws SettlementError `NO_LIMIT` if only a limit is missing. The task is then canceled.
 */
function readChallenge(
  deps: PaymentDeps,
  { model, params }: SettledCall,
  answer: TaskAnswer | undefined,
): Pay | undefined {
  if (answer === undefined) return undefined;
  const { limits = {}, waitUntil } = deps.options;
  let unlimited: string | undefined;
  let refused: { error: unknown } | undefined;
  for (const rail of askingRails(deps)) {
    const hasLimit = (code: string) => limitsInForce(limits, rail, code) !== undefined;
    let challenge: PaymentChallenge | undefined;
    try {
      challenge = rail.challenge?.(answer, { hasLimit });
    } catch (error) {
      // The next rail may accept what this one refuses.
      refused ??= { error };
    }
    if (challenge === undefined) continue;
    const { code } = challenge.currency;
    if (hasLimit(code)) return (asking) => payOn(rail, challenge, asking);
    unlimited ??= code;
  }
  if (unlimited === undefined && refused === undefined) {
    const lacking = unableToPay(deps, answer);
    return lacking && (async (asking) => goOnUnpaid(lacking, asking));
  }
  cancel();
  throw refused === undefined ? noLimit(model.modelId, unlimited) : refused.error;

  /** @throws SettlementError if the call may not continue. The waiting task is then canceled. */
  function goOnUnpaid(error: SettlementError, { earlier, plan }: Asking): Payment {
    const { modelId: agent } = model;
    try {
      return answered(paymentWithoutHold(error, { agent, deps, earlier, params, plan }));
    } catch (failure) {
      cancel();
      throw failure;
    }
  }

  async function payOn(
    rail: SettlementRail,
    challenge: PaymentChallenge,
    { earlier, plan, requestFor, turn }: Asking,
  ): Promise<Payment> {
    // A new task replaces one that has ended, or that never existed.
    const { contextId, taskId } = isWaitingState(answer?.state) ? (answer ?? {}) : {};
    const task = taskId === undefined ? undefined : { taskId, contextId };
    const continued = continueTask(params, task);
    try {
      const payment = await beginHeldPayment(
        deps,
        { model, params: continued },
        { ...plan, rail },
        {
          earlier,
          request: requestFor(challenge),
          spent: earlier?.currency === challenge.currency.code ? costOf(earlier) : undefined,
          metering: undefined,
          warnings: [],
          conversation: await conversationOf(model, continued),
          turn,
        },
      );
      // Without a hold, nothing is sent to an agent that waits for its payment.
      return payment.lapsesAt === undefined ? answered(payment) : payment;
    } catch (error) {
      cancel();
      throw error;
    }
  }

  /** Not awaited: the caller should not wait for an agent that is not paid. */
  function cancel(): void {
    if (answer?.taskId === undefined || !isWaitingState(answer.state)) return;
    cancelWaitingTask(model, answer.taskId, { params, waitUntil });
  }
}

/** The result is the answer that the call kept. */
function answered(payment: Payment): Payment {
  payment.isAnswered = true;
  return payment;
}

/** Milliseconds that the model may take to stop after an abort. */
const graceMs = 5000;

/** Whether the answer requests a payment, regardless of the limits. */
function isChallenge(deps: PaymentDeps, answer: TaskAnswer | undefined): boolean {
  if (answer === undefined) return false;
  return askingRails(deps).some((rail) => {
    try {
      return rail.challenge?.(answer, { hasLimit: () => true }) !== undefined;
    } catch {
      // The agent requests a payment that this rail refuses to make, with a reason.
      return true;
    }
  });
}

/** Why a rail that can read the agent's request cannot pay it. */
function unableToPay(
  { options: { rails } }: PaymentDeps,
  answer: TaskAnswer,
): SettlementError | undefined {
  for (const rail of rails) {
    const error = notConfigured(rail);
    if (error === undefined) continue;
    try {
      if (rail.challenge?.(answer, { hasLimit: () => true }) !== undefined) return error;
    } catch {
      return error;
    }
  }
  return undefined;
}

function askingRails({ options: { rails } }: PaymentDeps): SettlementRail[] {
  return rails.filter((rail) => rail.challenge !== undefined && notConfigured(rail) === undefined);
}

/** Tells the agent which payment methods are offered. */
function offer(
  params: LanguageModelV4CallOptions,
  rails: readonly SettlementRail[],
): LanguageModelV4CallOptions {
  return rails
    .map((rail) => rail.decorateOffer?.({}))
    .filter((decoration): decoration is MessageDecoration => decoration !== undefined)
    .reduce(decorateParams, params);
}
