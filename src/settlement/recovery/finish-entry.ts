import { addAmounts } from '../../internal/decimal';
import type { AgentAnswer, RecordedHold, Settled } from '../../rails/rail';
import { ActiveHold } from '../hold/active-hold';
import { contextOfHold, type PaymentContext } from '../hold/payment-context';
import { answerOf } from '../outcome/agent-answer';
import { outcomeOfTask } from '../outcome/query-task';
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

/**
 * Finishes what the journal has of one hold, acting on proof only: a decision in the journal, what
 * the ledger says, the state the agent gives of its task. Only the rail that made the hold is asked.
 *
 * `rival`: another hold for the same task may be in use, and what becomes of that one decides.
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
  // Where the agent captures, its own word counts as well.
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
      // Where the payer captures, whoever did has told of it, unless that process died.
      if (isAgents) context.events.emit(name, told);
    }
    await journal.remove(hold.taskId, entry.task);
    await limits.settle(hold.taskId, callCostOf(rail, hold, found.receipt));
    return { as: 'settled', hold: found };
  }
  // Another payer shares the journal.
  if (recorded?.isOurs === false) return leave('open');
  const isFresh = now() - entry.at < options.graceMs;
  if (entry.type === 'settling') {
    if (entry.isUnderWay === true && isFresh) return leave('open');
    const { action, at, labels, task, webhook } = entry;
    const work = { startedAt: at, earlierMs: 0, webhook, labels };
    const payment = new ActiveHold(agent, { phase: 'unresolved', hold, action }, context, work);
    payment.adoptJournal({ task });
    // When its time is over, a rail without a ledger has the agent's word only.
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
 * What was decided is asked of the ledger all the same: it may take it although its time is over. What an
 * agent took as it began does not say whether it delivers.
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

/** What the agent says of the task that the hold is for. */
async function said(entry: HeldEntry, { ask }: FinishOptions): Promise<AgentAnswer | undefined> {
  if (entry.task === undefined) return undefined;
  const asked = await ask(entry);
  return asked && answerOf(asked.generation.providerMetadata);
}

/** The ledger knows that an agent took it, and not that it failed. */
async function booked(
  entry: HeldEntry,
  { ask, isAgents, settled }: FinishOptions & { isAgents: boolean; settled: Settled },
): Promise<Settled> {
  if (!isAgents) return settled;
  const state = (await ask(entry))?.state;
  const isFailed = state !== undefined && outcomeOfTask(state)?.type === 'failed';
  return isFailed ? asTaken(settled) : settled;
}

/** The tokens went back. Whether the agent had delivered makes it `late`. */
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
