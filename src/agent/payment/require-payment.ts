import { TaskState } from '@a2a-js/sdk';
import type {
  AgentExecutionEvent,
  AgentExecutor,
  ExecutionEventBus,
  RequestContext,
  TaskStore,
} from '@a2a-js/sdk/server';
import { InvalidArgumentError, type JSONObject } from '@ai-sdk/provider';
import type { AtomicStorage } from '../../internal/atomic-storage';
import { memoryStorage } from '../../internal/memory-storage';
import { requestHeaders } from '../model/trace-headers';
import { readUse } from './read-use';
import { SaleRecords } from './sale-records';
import type {
  AcceptedPayment,
  PaidRequest,
  PaymentClaim,
  Sale,
  Settlement,
} from './accepted-payment';
import { holdBack, type HeldBack } from './hold-back';
import { openTask, sayOf, withMetadata } from './task-events';

/** What became of one paid message. */
export interface SaleEvent {
  rail: string;
  taskId: string;
  /** `refused`: nothing was worked for. */
  type: 'refused' | 'verified' | 'settled' | 'unsettled' | 'canceled';
  amount?: Sale['amount'] | undefined;
  currency?: string | undefined;
  payer?: string | undefined;
  transaction?: string | undefined;
  reason?: string | undefined;
}

export interface RequirePaymentOptions {
  /** The ways in which the agent is paid, the preferred one first. */
  accepts: readonly AcceptedPayment[];
  /**
   * Remembers what was paid for, so that a payment pays once, on all machines that share it. Default:
   * this process's memory.
   */
  storage?: AtomicStorage | undefined;
  /**
   * The store that the agent's handler has. It is read again before a payment is taken: a task that was
   * canceled on another machine is not charged. Default: only this process's cancels are known.
   */
  taskStore?: TaskStore | undefined;
  /**
   * `after-settle`: what an agent makes is shown when it is paid for. `stream`: as it goes on, and a caller
   * whose payment fails in the end has seen it all. Where the money is locked before the work, all is shown
   * as it goes on. Default: `after-settle`.
   */
  deliver?: 'after-settle' | 'stream' | undefined;
  /** Is told what becomes of each payment. What it throws is not heard. */
  onSale?: ((event: SaleEvent) => void) | undefined;
}

/**
 * Has an agent paid: its executor is called for messages that bear a good payment, and the payment is
 * taken when the work is done. A message without one is asked for it, in the words of a2a-x402 where a
 * way to pay has them; else its task is rejected. Failed and canceled work is never charged.
 *
 * @throws InvalidArgumentError when there is no way to pay.
 *
 * @example
 * ```ts
 * const paid = requirePayment(executor, {
 *   accepts: [acceptExchange({ exchangeUrl, apiKey, accountId, price: 10 })],
 * });
 * const handler = createAgentHandler({ card, executor: paid });
 * ```
 */
export function requirePayment(
  executor: AgentExecutor,
  {
    accepts,
    storage = memoryStorage(),
    taskStore,
    deliver = 'after-settle',
    onSale,
  }: RequirePaymentOptions,
): AgentExecutor {
  if (accepts.length === 0) {
    throw new InvalidArgumentError({ argument: 'accepts', message: 'There is no way to pay.' });
  }
  const records = new SaleRecords(storage);
  const canceled = new Set<string>();

  return {
    async execute(request, bus) {
      const { taskId } = request;
      canceled.delete(taskId);
      const asked = await claimOf(request);
      if (asked === undefined) return refuse(request, bus, await challenge());
      const { accept, claim, isKept } = asked;
      const bound = claim.pays === 'task' ? taskId : `${taskId}/${request.userMessage.messageId}`;
      const isFree =
        isKept || (await records.bind(accept.rail, claim, bound).catch(() => undefined));
      if (isFree !== true) {
        const reason = isFree === false ? 'already-used' : 'unverifiable';
        return refuse(request, bus, refusal(accept, reason, whatIsWrong[reason]));
      }
      const verdict = await claim.verify();
      if (!verdict.verified) {
        return refuse(request, bus, refusal(accept, verdict.reason, verdict.message));
      }
      const { sale } = verdict;
      tell(accept, taskId, sale, { type: 'verified' });
      await work(request, bus, { accept, claim, sale });
    },

    async cancelTask(taskId, bus) {
      canceled.add(taskId);
      await executor.cancelTask(taskId, bus);
    },
  };

  /** The payment that a message bears, or the one that its task was begun with. */
  async function claimOf(request: RequestContext) {
    const { taskId, userMessage: message, context } = request;
    const paid: PaidRequest = { message, taskId, headers: requestHeaders(context) };
    for (const accept of accepts) {
      const claim = accept.read(paid);
      if (claim !== undefined) return { accept, claim, isKept: false };
    }
    const kept = request.task === undefined ? undefined : await records.kept(taskId);
    const accept = accepts.find(({ rail }) => rail === kept?.rail);
    const claim = kept && accept?.read(paid, kept.payment);
    return claim && accept && { accept, claim, isKept: true };
  }

  async function work(
    request: RequestContext,
    bus: ExecutionEventBus,
    { accept, claim, sale }: { accept: AcceptedPayment; claim: PaymentClaim; sale: Sale },
  ): Promise<void> {
    const { taskId } = request;
    const isShown = sale.isSecured || deliver === 'stream';
    const first = (event: AgentExecutionEvent) => withMetadata(event, sale.acknowledgement);
    const gate = holdBack(bus, { isShown, first });
    try {
      await executor.execute(request, gate.bus);
    } catch (error) {
      await cancel(accept, taskId, sale);
      throw error;
    }
    const { end, question } = gate.held;
    if (end === undefined && question !== undefined) {
      // The next message of the task may be answered by another machine.
      if (claim.kept !== undefined) {
        await records.keep(taskId, { rail: accept.rail, payment: claim.kept }, claim.expiresAt);
      }
      publish(bus, gate.held, question);
      return;
    }
    if (end?.type !== 'completed' || (await isCanceled(request))) {
      const back = await cancel(accept, taskId, sale);
      if (end !== undefined && end.type !== 'completed') {
        bus.publish(withMetadata(end.event, back?.metadata));
      }
      return;
    }
    const settled = await sale.settle({ used: readUse(end.event) });
    tell(accept, taskId, sale, { ...settled, type: settled.settled ? 'settled' : 'unsettled' });
    await records.forget(taskId);
    if (settled.settled) publish(bus, gate.held, withMetadata(end.event, settled.metadata));
    else bus.publish(failed(request, settled));
  }

  async function isCanceled({ context, taskId }: RequestContext): Promise<boolean> {
    if (canceled.has(taskId)) return true;
    const stored = await taskStore?.load(taskId, context);
    return stored?.status?.state === TaskState.TASK_STATE_CANCELED;
  }

  async function cancel(accept: AcceptedPayment, taskId: string, sale: Sale) {
    const back = await sale.cancel();
    tell(accept, taskId, sale, { type: 'canceled', transaction: back?.transaction });
    await records.forget(taskId);
    return back;
  }

  /** What all ways to pay ask for, in one. */
  async function challenge(): Promise<Refusal> {
    const offers = await Promise.all(
      // One that cannot say it now leaves the others.
      accepts.map(async (accept) => accept.offers?.().catch(() => [])),
    );
    const all = offers.flatMap((some) => some ?? []);
    if (all.length === 0) {
      const isAway = accepts.some((accept) => accept.offers !== undefined);
      const text = isAway ? 'How to pay is not known now. Try again.' : 'This agent is paid first.';
      return { state: TaskState.TASK_STATE_REJECTED, text: `Payment refused: ${text}` };
    }
    const required = { x402Version: 2, error: 'This agent is paid first.', accepts: all };
    return {
      state: TaskState.TASK_STATE_INPUT_REQUIRED,
      text: 'This agent is paid first.',
      metadata: {
        'x402.payment.status': 'payment-required',
        'x402.payment.required': required,
      },
    };
  }

  function refusal(accept: AcceptedPayment, reason: string, message: string): Refusal {
    onSaleSafely({ rail: accept.rail, taskId: '', type: 'refused', reason });
    const text = `Payment refused: ${message}`;
    if (accept.offers === undefined) return { state: TaskState.TASK_STATE_REJECTED, text };
    return { state: TaskState.TASK_STATE_FAILED, text, metadata: paymentFailed(reason) };
  }

  function tell(
    { rail }: AcceptedPayment,
    taskId: string,
    { amount, currency, payer }: Sale,
    event: Pick<SaleEvent, 'type'> & Partial<SaleEvent>,
  ): void {
    const { reason, transaction, type } = event;
    onSaleSafely({
      rail,
      taskId,
      type,
      amount: event.amount ?? amount,
      currency,
      ...(payer !== undefined && { payer }),
      ...(reason !== undefined && { reason }),
      ...(transaction !== undefined && { transaction }),
    });
  }

  function onSaleSafely(event: SaleEvent): void {
    try {
      onSale?.(event);
    } catch {
      // A listener's mistake is no reason to work for nothing, or to charge twice.
    }
  }
}

interface Refusal {
  state: TaskState;
  text: string;
  metadata?: JSONObject;
}

function refuse(
  request: RequestContext,
  bus: ExecutionEventBus,
  { state, ...said }: Refusal,
): void {
  bus.publish(openTask(request));
  bus.publish(sayOf(request, state, said));
}

function publish(bus: ExecutionEventBus, { artifacts }: HeldBack, last: AgentExecutionEvent): void {
  for (const event of artifacts) bus.publish(event);
  bus.publish(last);
}

function failed(request: RequestContext, { metadata, reason = 'SETTLEMENT_FAILED' }: Settlement) {
  return sayOf(request, TaskState.TASK_STATE_FAILED, {
    text: 'The payment could not be taken.',
    metadata: { ...paymentFailed(reason), ...metadata },
  });
}

function paymentFailed(reason: string): JSONObject {
  return { 'x402.payment.status': 'payment-failed', 'x402.payment.error': reason };
}

const whatIsWrong = {
  'already-used': 'The payment pays for another task already.',
  unverifiable: 'The payment could not be verified.',
};
