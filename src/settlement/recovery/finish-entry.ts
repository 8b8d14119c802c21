import { addAmounts } from '../../internal/decimal';
import type { AgentAnswer, Hold, RecordedHold, Settled } from '../../rails/rail';
import { answerOf, isWaitingState } from '../outcome/agent-answer';
import { capabilitiesOf } from '../state/capabilities-of';
import { contextOf } from '../../internal/finished-generation';
import { receiptOf, type SettlementReceipt } from '../state/settlement-receipt';
import { asTaken, type SettlementState } from '../state/settlement-state';
import { eventsOf } from '../state/settlement-events';
import { ActiveHold } from '../hold/active-hold';
import { contextOfHold, type PaymentContext } from '../hold/payment-context';
import { payingHold } from '../hold/paying-hold';
import { callCostOf } from '../plan/call-cost';
import type { JournalEntry } from '../state/settlement-journal';
import { outcomeOfTask, type QueriedTask } from '../outcome/query-task';

/** One hold that was found unsettled, and how it stands now. */
export interface ReconciledHold {
  /** The model id, where the journal knew it. */
  agent?: string;
  escrowId?: string;
  receipt?: SettlementReceipt;
}

/** Where a hold belongs now. */
export interface Finished {
  as: 'settled' | 'open' | 'unresolved';
  hold: ReconciledHold;
}

/** For those who come again: an exchange that is away does not hold them up for a minute a hold. */
export function soonGivingUp(context: PaymentContext): PaymentContext {
  const { backoff } = context;
  return { ...context, backoff: { ...backoff, attempts: Math.min(backoff.attempts, 5) } };
}

/** Milliseconds since it was heard of for which a hold may be in use. */
export const defaultGraceMs = 300_000;

type HeldEntry = Exclude<JournalEntry, { type: 'lost' }>;
export type WorkEntry = Extract<JournalEntry, { type: 'open' | 'kept' }>;

export interface FinishOptions {
  /** Asks the agent how its task stands. */
  ask: (entry: Pick<HeldEntry, 'agent' | 'task'>) => Promise<QueriedTask | undefined>;
  /** Milliseconds for which a hold that may be in use elsewhere is left alone. */
  graceMs: number;
  /** The escrows that were left behind for sure. */
  leftBehind: Set<string>;
}

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
  const leave = (as: Finished['as']) => ({ as, hold: describe(agent, { phase: 'open', hold }) });
  const context = contextOfHold(shared, hold);
  if (context === undefined) return leave('unresolved');
  const { journal, limits, live, now, rail } = context;
  const isAgents = capabilitiesOf(rail, hold).capturedBy === 'agent';
  const seen = await rail.look?.(hold).catch(() => 'unknown' as const);
  // Where the agent captures, its own word counts as well.
  if (seen === 'unknown' && !isAgents) return leave('unresolved');
  const recorded = seen === 'unknown' ? undefined : seen;
  const isGone = rail.look !== undefined && seen === undefined && isOver(hold, now());
  const state = isGone ? ({ type: 'lapsed' } as const) : recorded?.state;
  const isSettled = state?.type === 'settled' || state?.type === 'lapsed';
  if (isSettled && !isLeftToRail(entry, { isAgents, isOver: isOver(hold, now()), recorded })) {
    const settled =
      state.type === 'settled'
        ? await booked(entry, { ...options, isAgents, settled: state.settled })
        : await lapsed(entry, options);
    const found = describe(agent, { phase: 'settled', hold, settled });
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
    const isLast = isAgents && isOver(hold, now());
    const answer = isLast ? await said(entry, options) : undefined;
    await payment.resume({ answer, ask: () => said(entry, options) });
    return finished(payment);
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

/** A process died before anybody took the hold up, or gave it back. Clocks may differ meanwhile. */
async function finishIdle(context: PaymentContext, { agent, at, hold, work }: WorkEntry) {
  if (context.now() - at < idleMs) {
    return { as: 'open' as const, hold: describe(agent, { phase: 'open', hold }) };
  }
  const payment = new ActiveHold(agent, { phase: 'open', hold }, context, work);
  payment.adoptJournal();
  await payment.end({ type: 'failed', reason: 'unreachable' });
  return finished(payment);
}

const idleMs = 20 * 60_000;

/** Once more, now that it may be known what became of the other holds of its task. */
export async function finishRival(
  shared: PaymentContext,
  entry: WorkEntry,
  options: FinishOptions,
): Promise<Finished> {
  const { agent, hold } = entry;
  const leave = (as: Finished['as']) => ({ as, hold: describe(agent, { phase: 'open', hold }) });
  const context = contextOfHold(shared, hold);
  if (context === undefined) return leave('unresolved');
  const result = await finishByTask(context, entry, options);
  return result === 'rival' ? leave('open') : result;
}

/** As long as a call goes on with the task, here or where an atomic storage tells of it, that settles it. */
async function finishByTask(
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

/** Nobody alive knows how the generation ended; its agent does. */
async function finishByState(
  context: PaymentContext,
  entry: WorkEntry,
  { ask, leftBehind }: FinishOptions,
): Promise<Finished | 'rival'> {
  const { agent, hold, work } = entry;
  // Of the rail, not of the hold: an escrowed hold of it does not lapse by itself either.
  const isOfCapturingRail = context.rail.capabilities.capturedBy === 'agent';
  const asked = await ask(entry);
  const isAnswered = hold.pays === 'message' && isWaitingState(asked?.state);
  const outcome = isAnswered
    ? ({ type: 'delivered' } as const)
    : asked && outcomeOfTask(asked.state);
  if (asked === undefined || outcome === undefined) {
    // Where the agent captures, and no ledger has said it, the rail decides when the time is over; so it does
    // for a hold of such a rail that is the payer's, and that does not lapse by itself.
    if (isOfCapturingRail && isOver(hold, context.now()))
      return finishUnended(context, entry, asked);
    return {
      as: asked === undefined ? 'unresolved' : 'open',
      hold: describe(agent, { phase: 'open', hold }),
    };
  }
  const isDelivered = outcome.type === 'delivered' && hold.pays !== 'message';
  const paying = isDelivered
    ? await payingHold(context.rail, entry, (escrowId) => leftBehind.has(escrowId)).catch(
        () => 'unclear' as const,
      )
    : 'this';
  if (paying === 'unclear') return 'rival';
  const isPaying = paying === 'this' && (!isDelivered || (await isClaimed(context, entry, asked)));
  const payment = new ActiveHold(agent, { phase: 'open', hold }, context, work);
  payment.adoptJournal({ task: entry.task });
  // Where the agent captures, it may have taken this one as well: it has seen it.
  const notPaying = isOfCapturingRail ? 'superseded' : 'not-dispatched';
  // While a task waits for its caller, no time is spent on it.
  const elapsedMs = entry.type === 'kept' ? work.earlierMs : payment.elapsedAt(asked.at);
  await payment.end(
    !isPaying
      ? { type: 'failed', reason: notPaying }
      : isAnswered
        ? outcome
        : await payment.judge(outcome, { generation: asked.generation, elapsedMs }),
    { answer: answerOf(asked.generation.providerMetadata) },
  );
  return finished(payment);
}

/** The task has not ended, or nobody can say so; what its agent says of the payment counts all the same. */
async function finishUnended(
  context: PaymentContext,
  { agent, hold, task, work }: WorkEntry,
  asked: QueriedTask | undefined,
): Promise<Finished> {
  const payment = new ActiveHold(agent, { phase: 'open', hold }, context, work);
  payment.adoptJournal({ task });
  const answer = asked && answerOf(asked.generation.providerMetadata);
  await payment.end({ type: 'failed', reason: 'error' }, { answer });
  return finished(payment);
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

/** How a payment stands that was driven as far as it goes. */
export function finished({ agent, hold, receipt }: ActiveHold): Finished {
  return {
    as: receipt.status === 'pending' ? 'unresolved' : 'settled',
    hold: { ...(agent !== '' && { agent }), escrowId: hold.escrowId, receipt },
  };
}

export function describe(agent: string, state: SettlementState) {
  return { agent, escrowId: state.hold.escrowId, receipt: receiptOf(state) };
}

/** The escrows that no process can have in use any more. */
export function findLeftBehind(
  entries: JournalEntry[],
  { graceMs, now }: { graceMs: number; now: number },
): Set<string> {
  return new Set(
    entries.flatMap((entry) =>
      entry.type === 'open' && now - entry.at >= graceMs ? [entry.hold.escrowId] : [],
    ),
  );
}

export function isOver({ expiresAt }: Pick<Hold, 'expiresAt'>, now: number): boolean {
  return expiresAt.getTime() < now;
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
