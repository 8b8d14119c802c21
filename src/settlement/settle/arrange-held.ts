import type { SharedV4Warning } from '@ai-sdk/provider';
import { watchOf } from '../../internal/call-watch';
import type { Amount, HoldRequest } from '../../rails/rail';
import { keepAlive } from '../../internal/keep-alive';
import { unlessAborted } from '../../internal/unless-aborted';
import { webhookDigests } from '../recovery/webhook-credentials';
import { newTaskId } from '../state/task-id';
import { groupOfTask } from '../hold/paying-hold';
import { ActiveHold } from '../hold/active-hold';
import { contextOn } from '../hold/payment-context';
import type { TaskTurn } from '../hold/task-turns';
import { assertAllowed } from '../plan/assert-allowed';
import { limitsInForce, noLimit } from '../plan/currency-limits';
import type { Arrangement, SettledCall } from './settlement-middleware';
import type { Metering } from '../state/journal-entry';
import { arrangePaid } from './arrange-paid';
import { arrangeWithout } from './arrange-unpaid';
import type { Arranging } from './arranging';
import type { CallConversation } from '../hold/conversation-of';
import { makeHold } from './make-hold';
import type { PaidPlan } from '../plan/payment-plan';
import { conversationIdOf, labelsOf } from './call-params';

/** The turn that a call takes of a task it goes on with. */
export interface TurnOf {
  conversation: CallConversation;
  turn: TaskTurn | undefined;
}

/**
 * Makes a hold on the plan's rail, once the limits and whoever has to agree do, and calls the agent under
 * it.
 *
 * @throws SettlementError from `assertAllowed` and the limits: nothing is held then.
 */
export async function arrangeHeld(
  shared: Arranging,
  { model, params }: Pick<SettledCall<unknown>, 'model' | 'params'>,
  plan: PaidPlan,
  {
    agreement,
    conversation,
    metering,
    turn,
    warnings,
    ...quote
  }: TurnOf & {
    agreement?: { agreedPrice: number };
    metering: Metering | undefined;
    request: HoldRequest;
    /** What the same call has cost already, in the request's currency. */
    spent?: Amount | undefined;
    warnings: SharedV4Warning[];
  },
): Promise<Arrangement> {
  const { rail } = plan;
  const context = contextOn(shared.context, rail);
  const arranging = { ...shared, context };
  const { options, parked } = arranging;
  const { limits } = context;
  const { modelId: agent } = model;
  const { contextId, subject, taskId: task } = conversation;
  const group = task === undefined ? undefined : await groupOfTask(agent, task);
  const asked = { ...quote.request, group };
  await unlessAborted(params.abortSignal, assertAllowed(agent, asked, options));
  const code = asked.currency?.code;
  const inForce = limitsInForce(options.limits ?? {}, rail, code);
  if (inForce === undefined) throw noLimit(agent, code);
  // What an agent may take after it was shown is not kept for another call.
  const isParkable = rail.capabilities.capturedBy === 'payer';
  const idle = isParkable ? parked.take(agent, rail.name, asked) : undefined;
  // Its time is that of the hold: who had to agree may have taken hours.
  const request = { ...asked, taskId: idle?.hold.taskId ?? newTaskId() };
  const labels = labelsOf(params);
  const watch = watchOf(params);
  try {
    await limits.reserve(request.taskId, {
      agent,
      amount: request.amount,
      conversation: conversationIdOf(params) ?? contextId,
      inForce,
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
    const hold = idle?.hold ?? (await makeHold(arranging, asking));
    const webhook = await webhookDigests(params);
    const work = { startedAt: Date.now(), earlierMs: 0, metering, webhook, labels, subject };
    const payment = new ActiveHold(agent, { phase: 'open', hold }, context, work);
    if (idle === undefined) payment.announce();
    else await payment.takeUp();
    return await arrangePaid(arranging, {
      agreement,
      conversation,
      payment,
      plan,
      request: isParkable ? asked : undefined,
      turn,
      warnings,
      model,
      params,
    });
  } catch (error) {
    await limits.drop(request.taskId);
    return arrangeWithout(error, { agent, arranging, params, plan });
  }
}
