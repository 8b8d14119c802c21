import { addAmounts } from '../../internal/decimal';
import type { AgentAnswer, RecordedHold, Settled } from '../../rails/rail';
import { ActiveHold } from '../hold/active-hold';
import { contextOfHold, type PaymentContext } from '../hold/payment-context';
import { answerOf } from '../outcome/agent-answer';
import { callCostOf } from '../plan/call-cost';
import { capabilitiesOf } from '../state/capabilities-of';
import { eventsOf } from '../state/events-of';
import { asTaken } from '../state/settlement-state';
import { finishByTask, finishIdle } from './finish-by-task';
import {
  reconciledHold,
  finishedHold,
  hasExpired,
  type Finished,
  type FinishOptions,
  type HeldEntry,
} from './reconciled-hold';
import { outcomeOfTask } from '../state/task-states';

/**
 * Finishes the journal's entry of one hold. Acts on evidence only: a decision in the journal, the state on the
 * ledger, the state of the task at its agent. Only the rail that made the hold is used.
 *
 * `rival`: another hold for the same task may be in use, and its outcome decides.
 */
export async function finishEntry(
  shared: PaymentContext,
  entry: HeldEntry,
  options: FinishOptions,
): Promise<Finished | 'rival'> {
  const { agent, hold } = entry;
  const leave = (as: Finished['as']) => ({
    as,
    hold: reconciledHold(agent, { phase: 'open', hold }),
  });
  const context = contextOfHold(shared, hold);
  if (context === undefined) return leave('unresolved');
  const { journal, limits, live, now, rail } = context;
  const isAgents = capabilitiesOf(rail, hold).capturedBy === 'agent';
  const seen = await rail.look?.(hold).catch(() => 'unknown' as const);
  // If the agent captures, its own answer counts as well.
  if (seen === 'unknown' && !isAgents) return leave('unresolved');
  const recorded = seen === 'unknown' ? undefined : seen;
  const isGone = rail.look !== undefined && seen === undefined && hasExpired(hold, now());
  const state = isGone ? ({ type: 'lapsed' } as const) : recorded?.state;
  const isSettled = state?.type === 'settled' || state?.type === 'lapsed';
  if (isSettled && !isLeftToRail(entry, { isAgents, isOver: hasExpired(hold, now()), recorded })) {
    const settled =
      state.type === 'settled'
        ? await booked(entry, { ...options, isAgents, settled: state.settled })
        : await lapsed(entry, options);
    const found = reconciledHold(agent, { phase: 'settled', hold, settled });
    const labels = entry.type === 'settling' ? entry.labels : entry.work.labels;
    const told = { agent, receipt: found.receipt, ...(labels !== undefined && { labels }) };
    for (const name of eventsOf(hold, settled)) {
      context.receipts?.note(name, hold, told);
      // If the payer captures, the process that settled has emitted the event, unless it crashed.
      if (isAgents) context.events.emit(name, told);
    }
    await journal.remove(hold.taskId, entry.task);
    await limits.settle(hold.taskId, callCostOf(rail, hold, found.receipt));
    return { as: 'settled', hold: found };
  }
  // The hold belongs to another payer that shares the journal.
  if (recorded?.isOurs === false) return leave('open');
  const isFresh = now() - entry.at < options.graceMs;
  if (entry.type === 'settling') {
    if (entry.isUnderWay === true && isFresh) return leave('open');
    const { action, at, labels, task, webhook } = entry;
    const work = { startedAt: at, earlierMs: 0, webhook, labels };
    const payment = new ActiveHold(agent, { phase: 'unresolved', hold, action }, context, work);
    payment.adoptJournal({ task });
    // After the expiry, a rail without a ledger has only the agent's answer.
    const isLast = isAgents && hasExpired(hold, now());
    const answer = isLast ? await said(entry, options) : undefined;
    await payment.resume({ answer, ask: () => said(entry, options) });
    return finishedHold(payment);
  }
  if (state?.type === 'foreign') return leave('unresolved');
  if (live.has(hold.taskId) || isFresh) return leave('open');
  if (entry.type === 'open' && entry.isIdle === true && entry.task === undefined) {
    return finishIdle(context, entry);
  }
  return finishByTask(context, entry, options);
}

/**
 * A decided operation is still sent to the ledger, which may accept it after the expiry. A payment that the
 * agent captured at the start does not show whether it delivers.
 */
function isLeftToRail(
  { type }: HeldEntry,
  {
    isAgents,
    isOver: isPast,
    recorded,
  }: { isAgents: boolean; isOver: boolean; recorded: RecordedHold | undefined },
): boolean {
  if (isAgents) return type === 'settling' || !isPast;
  return type === 'settling' && recorded?.state.type === 'lapsed';
}

/** The agent's status of the task that the hold is for. */
async function said(entry: HeldEntry, { ask }: FinishOptions): Promise<AgentAnswer | undefined> {
  if (entry.task === undefined) return undefined;
  const asked = await ask(entry);
  return asked && answerOf(asked.generation.providerMetadata);
}

/** The ledger reports that an agent captured, but not that its task failed. */
async function booked(
  entry: HeldEntry,
  { ask, isAgents, settled }: FinishOptions & { isAgents: boolean; settled: Settled },
): Promise<Settled> {
  if (!isAgents) return settled;
  const state = (await ask(entry))?.state;
  const isFailed = state !== undefined && outcomeOfTask(state)?.type === 'failed';
  return isFailed ? asTaken(settled) : settled;
}

/** The tokens were refunded on expiry. If the agent had delivered, the status is `late`. */
async function lapsed(entry: HeldEntry, { ask }: FinishOptions): Promise<Settled> {
  const isDelivered =
    entry.type === 'settling'
      ? entry.action.type === 'release'
      : (await ask(entry))?.state === 'completed';
  const { amount, fee } = entry.hold;
  return isDelivered
    ? { status: 'late' }
    : { status: 'refunded', returned: addAmounts(amount, fee) };
}
