import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { watchOf, type CallWatch } from '../../internal/call-watch';
import { keepAlive } from '../../internal/keep-alive';
import { unlessAborted } from '../../internal/unless-aborted';
import { SettlementError, type Amount, type Hold, type HoldRequest } from '../../rails/rail';
import { ActiveHold } from '../hold/active-hold';
import type { CallConversation } from '../hold/conversation-of';
import { LostHoldError, obtainHold } from '../hold/obtain-hold';
import { groupOfTask } from '../hold/paid-tasks';
import { contextOn } from '../hold/payment-context';
import type { TaskTurn } from '../hold/task-turns';
import { assertAllowed } from '../plan/assert-allowed';
import { allInForce } from '../plan/currency-limits';
import type { PaidPlan } from '../plan/payment-plan';
import { webhookDigests } from '../recovery/webhook-credentials';
import type { Metering } from '../state/journal-entry';
import { receiptMetadata, type SettlementReceipt } from '../state/settlement-receipt';
import { newTaskId } from '../state/task-id';
import { conversationIdOf, labelsOf } from './call-params';
import { HeldPayment } from './held-payment';
import type { Payment, PaymentDeps } from './payment';
import { paymentWithoutHold } from './unpaid-payment';

/**
 * Makes a hold on the plan's rail after the checks of limits and approval, and starts the payment under it.
 *
 * @throws SettlementError from `assertAllowed` and the limits: nothing is held then.
 */
export async function beginHeldPayment(
  shared: PaymentDeps,
  { model, params }: { model: LanguageModelV4; params: LanguageModelV4CallOptions },
  plan: PaidPlan,
  {
    agreement,
    conversation,
    earlier,
    metering,
    turn,
    warnings,
    ...quote
  }: {
    agreement?: { agreedPrice: number };
    conversation: CallConversation;
    /** The earlier hold of the same call. */
    earlier?: SettlementReceipt | undefined;
    metering: Metering | undefined;
    request: HoldRequest;
    /** What the same call has already cost, in the request's currency. */
    spent?: Amount | undefined;
    /** The call's lock on the task it continues. */
    turn: TaskTurn | undefined;
    warnings: SharedV4Warning[];
  },
): Promise<Payment> {
  const { rail } = plan;
  const context = contextOn(shared.context, rail);
  const deps = { ...shared, context };
  const { options, parked } = deps;
  const { limits } = context;
  const { modelId: agent } = model;
  const labels = labelsOf(params);
  const { contextId, subject, taskId: task } = conversation;
  const group = task === undefined ? undefined : await groupOfTask(agent, task);
  const asked = { ...quote.request, group };
  await unlessAborted(params.abortSignal, assertAllowed(agent, asked, { ...options, labels }));
  const code = asked.currency?.code;
  const [inForce, ...ofLabels] = allInForce({ ...options, agent, labels }, rail, code);
  // A credential that an agent may already have seen is not kept for another call.
  const isParkable = rail.capabilities.capturedBy === 'payer';
  const idle = isParkable ? parked.take(agent, rail.name, asked) : undefined;
  // The id contains the time of the hold: the approval may have taken hours.
  const request = { ...asked, taskId: idle?.hold.taskId ?? newTaskId() };
  const watch = watchOf(params);
  try {
    await limits.reserve(request.taskId, {
      agent,
      amount: request.amount,
      conversation: conversationIdOf(params) ?? contextId,
      inForce,
      labels,
      ofLabels,
      spent: quote.spent,
      ttlMinutes: request.ttlMinutes,
    });
    const { amount } = request;
    watch?.approve({ agent, amount, ...(code !== undefined && { currency: code }) });
  } catch (error) {
    await limits.drop(request.taskId);
    if (idle !== undefined) keepAlive(options.waitUntil, parked.park(idle, asked));
    throw error;
  }
  try {
    const asking = { agent, labels, request, signal: params.abortSignal, watch };
    const hold = idle?.hold ?? (await makeHold(deps, asking));
    const webhook = await webhookDigests(params);
    const work = { startedAt: Date.now(), earlierMs: 0, metering, webhook, labels, subject };
    const active = new ActiveHold(agent, { phase: 'open', hold }, context, work);
    if (idle === undefined) active.announce();
    else await active.takeUp();
    return await HeldPayment.start(deps, {
      active,
      agreement,
      conversation,
      earlier,
      plan,
      request: isParkable ? asked : undefined,
      turn,
      warnings,
      model,
      params,
    });
  } catch (error) {
    await limits.drop(request.taskId);
    return paymentWithoutHold(error, { agent, deps, earlier, params, plan });
  }
}

/**
 * Makes a hold. Tokens that may be held without a result for the caller (an abort meanwhile, or a lost
 * response) are refunded, starting now. `watch` is notified of a hold that was not made, and of one that was
 * undone, once that is certain; while it is not, `watch` is not notified.
 *
 * @throws LostHoldError if it is not known whether anything is held.
 * @throws SettlementError if nothing is held.
 */
async function makeHold(
  { context, lost, options }: Pick<PaymentDeps, 'context' | 'lost' | 'options'>,
  {
    agent,
    labels,
    request,
    signal,
    watch,
  }: {
    agent: string;
    /** The labels of the call. */
    labels: Record<string, string> | undefined;
    request: HoldRequest;
    signal: AbortSignal | undefined;
    watch: CallWatch | undefined;
  },
): Promise<Hold> {
  const { backoff, live, rail, telemetry } = context;
  const isAgents = rail.capabilities.capturedBy === 'agent';
  if (signal?.aborted === true) watch?.told({ status: 'unsettled' });
  signal?.throwIfAborted();
  const holding = hold();
  if (signal === undefined) return holding;
  return new Promise((resolve, reject) => {
    // An abort does not cancel the request to the exchange, which may already have made the hold.
    const onAbort = () => {
      reject(signal.reason);
      const undoing = holding.then(undoAborted, () => {});
      keepAlive(options.waitUntil, undoing);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    holding.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });

  async function hold(): Promise<Hold> {
    // The hold may be on the ledger before its response arrives, and must not count as an orphan then.
    live.add(request.taskId);
    try {
      return await telemetry.run('hold', {
        subject: { agent, labels, rail: rail.name },
        attributes: { 'settlement.payee': request.payee, 'settlement.amount': request.amount },
        work: async () => {
          rail.assertConfigured();
          const ledger = { hold: rail.hold.bind(rail), ...lost.lookupsOf(rail) };
          return obtainHold(ledger, request, {
            attempts: 2,
            initialMs: Math.min(backoff.initialMs, 100),
          });
        },
        describe: ({ escrowId, fee }) => ({
          'settlement.escrow_id': escrowId,
          'settlement.fee': fee,
        }),
      });
    } catch (error) {
      live.delete(request.taskId);
      // A credential that was never received cannot reach the agent.
      const isHarmless = isAgents && rail.find === undefined;
      const failure = error instanceof LostHoldError && isHarmless ? error.error : error;
      if (SettlementError.isInstance(failure)) watch?.told({ status: 'unsettled' });
      if (failure instanceof LostHoldError) {
        const undoing = lost.undo({ agent, labels, rail, request, error: failure.error });
        keepAlive(options.waitUntil, undoing);
      }
      throw failure;
    }
  }

  async function undoAborted(held: Hold): Promise<void> {
    const work = { startedAt: Date.now(), earlierMs: 0, labels };
    const active = new ActiveHold(agent, { phase: 'open', hold: held }, context, work);
    active.announce();
    await active.end({ type: 'failed', reason: isAgents ? 'not-dispatched' : 'aborted' });
    live.delete(request.taskId);
    watch?.told(receiptMetadata(active.receipt));
  }
}
