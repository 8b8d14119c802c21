import { contextOf } from '../../internal/finished-generation';
import { ActiveHold } from '../hold/active-hold';
import { payingHold } from '../hold/paid-tasks';
import { contextOfHold, type PaymentContext } from '../hold/payment-context';
import { answerOf } from '../outcome/agent-answer';
import { isJudging } from '../outcome/judge-delivery';
import { type QueriedTask } from '../outcome/query-task';
import {
  reconciledHold,
  finishedHold,
  hasExpired,
  type Finished,
  type FinishOptions,
  type WorkEntry,
} from './reconciled-hold';
import { capabilitiesOf } from '../state/capabilities-of';
import { isWaitingState, outcomeOfTask } from '../state/task-states';

/** Finishes an idle hold of a process that crashed before the hold was taken or refunded. Clocks may differ. */
export async function finishIdle(context: PaymentContext, { agent, at, hold, work }: WorkEntry) {
  if (context.now() - at < idleMs) {
    return { as: 'open' as const, hold: reconciledHold(agent, { phase: 'open', hold }) };
  }
  const payment = new ActiveHold(agent, { phase: 'open', hold }, context, work);
  payment.adoptJournal();
  await payment.end({ type: 'failed', reason: 'unreachable' });
  return finishedHold(payment);
}

const idleMs = 20 * 60_000;

/** A second attempt, because the outcome of the other holds of its task may be known by now. */
export async function finishRival(
  shared: PaymentContext,
  entry: WorkEntry,
  options: FinishOptions,
): Promise<Finished> {
  const { agent, hold } = entry;
  const leave = (as: Finished['as']) => ({
    as,
    hold: reconciledHold(agent, { phase: 'open', hold }),
  });
  const context = contextOfHold(shared, hold);
  if (context === undefined) return leave('unresolved');
  const result = await finishByTask(context, entry, options);
  return result === 'rival' ? leave('open') : result;
}

/** While a call is using the task, here or as an atomic storage shows, that call settles it. */
export async function finishByTask(
  context: PaymentContext,
  entry: WorkEntry,
  options: FinishOptions,
): Promise<Finished | 'rival'> {
  const { agent, subject, task } = entry;
  if (task === undefined) return finishByState(context, entry, options);
  const turn = await context.turns.begin(agent, task, subject);
  if (turn === undefined) return 'rival';
  try {
    return await finishByState(context, entry, options);
  } finally {
    await turn.end();
  }
}

/** No process knows how the generation ended, so the agent is queried. */
async function finishByState(
  context: PaymentContext,
  entry: WorkEntry,
  { ask, leftBehind }: FinishOptions,
): Promise<Finished | 'rival'> {
  const { agent, hold, work } = entry;
  // A property of the rail, not of the hold: an escrowed hold of such a rail does not expire by itself either.
  const isOfCapturingRail = context.rail.capabilities.capturedBy === 'agent';
  const asked = await ask(entry);
  const isAnswered = hold.pays === 'message' && isWaitingState(asked?.state);
  const outcome = isAnswered
    ? ({ type: 'delivered' } as const)
    : asked && outcomeOfTask(asked.state);
  if (asked === undefined || outcome === undefined) {
    // If the agent captures, and no ledger has reported it, the rail decides after the hold's expiry. The same
    // applies to holds of such a rail that the payer captures and that do not expire by themselves.
    if (isOfCapturingRail && hasExpired(hold, context.now()))
      return finishUnended(context, entry, asked);
    return {
      as: asked === undefined ? 'unresolved' : 'open',
      hold: reconciledHold(agent, { phase: 'open', hold }),
    };
  }
  const isDelivered = outcome.type === 'delivered' && hold.pays !== 'message';
  // The dashboard, for example, has the journal of an application, but not its functions.
  const isUnjudged = work.isJudged === true && !isJudging(context.deliveryOptions(agent));
  const isPayers = capabilitiesOf(context.rail, hold).capturedBy === 'payer';
  // Such a hold does not come back by itself, and cannot be paid any more.
  const isOver = isOfCapturingRail && hasExpired(hold, context.now());
  if (outcome.type === 'delivered' && !isAnswered && isUnjudged && isPayers && !isOver) {
    return { as: 'unresolved', hold: reconciledHold(agent, { phase: 'open', hold }) };
  }
  const paying = isDelivered
    ? await payingHold(context, entry, (escrowId) => leftBehind.has(escrowId)).catch(
        () => 'unclear' as const,
      )
    : 'this';
  if (paying === 'unclear') return 'rival';
  const isPaying = paying === 'this' && (!isDelivered || (await isClaimed(context, entry, asked)));
  const payment = new ActiveHold(agent, { phase: 'open', hold }, context, work);
  payment.adoptJournal({ task: entry.task });
  // If the agent captures, it may have captured this hold as well, because it has received it.
  const notPaying = isOfCapturingRail ? 'superseded' : 'not-dispatched';
  // While a task waits for its caller, the agent's time does not count.
  const elapsedMs = entry.type === 'kept' ? work.earlierMs : payment.elapsedAt(asked.at);
  await payment.end(
    !isPaying
      ? { type: 'failed', reason: notPaying }
      : isAnswered
        ? outcome
        : await payment.judge(outcome, { generation: asked.generation, elapsedMs }),
    { answer: answerOf(asked.generation.providerMetadata) },
  );
  return finishedHold(payment);
}

/** The task has not ended, or its state is not known; the agent's answer about the payment still counts. */
async function finishUnended(
  context: PaymentContext,
  { agent, hold, task, work }: WorkEntry,
  asked: QueriedTask | undefined,
): Promise<Finished> {
  const payment = new ActiveHold(agent, { phase: 'open', hold }, context, work);
  payment.adoptJournal({ task });
  const answer = asked && answerOf(asked.generation.providerMetadata);
  await payment.end({ type: 'failed', reason: 'error' }, { answer });
  return finishedHold(payment);
}

async function isClaimed(
  { paid }: PaymentContext,
  { agent, hold, task }: WorkEntry,
  { generation: { providerMetadata } }: QueriedTask,
): Promise<boolean> {
  if (task === undefined) return true;
  const contextId = contextOf(providerMetadata);
  return (await paid.claim({ agent, taskId: task, contextId }, hold)) === 'this';
}
