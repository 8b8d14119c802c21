import { SettlementError, type Hold, type SettlementRail } from '../../rails/rail';
import { waitBefore } from '../state/backoff';
import { forEach } from '../../internal/for-each';
import { receiptOf } from '../state/settlement-receipt';
import { taskIdPrefix } from '../state/task-id';
import { ActiveHold } from '../hold/active-hold';
import { contextOfHold, type PaymentContext } from '../hold/payment-context';
import { findHold, shareLookups } from '../hold/obtain-hold';
import { undoLostHold } from '../hold/lost-holds';
import { taskIdOf, type JournalEntry } from '../state/journal-entry';
import { queryAgentTask, type AgentFinder } from '../outcome/query-task';
import { finishRival } from './finish-by-task';
import { finishEntry } from './finish-entry';
import {
  defaultGraceMs,
  findLeftBehind,
  finishedHold,
  hasExpired,
  reconciledHold,
  withFewerAttempts,
  type FinishOptions,
  type ReconciledHold,
  type WorkEntry,
} from './reconciled-hold';

export interface ReconcileOptions {
  /** Finds agents by their model ids, to ask them how their tasks stand: `createA2A(…)`. */
  provider?: AgentFinder;
  /**
   * Milliseconds for which a hold that may still be in use is left alone, since it was last heard of.
   * Default: 300000.
   */
  graceMs?: number;
  /**
   * What becomes of holds on the exchange that this package made and no journal knows: left by a
   * process that died without `writeAhead`, or in use by one that lives. `report` names them, and they
   * come back when they lapse; `refund` gives them back at once, which is right only where no other
   * process, and no other settlement of this one, pays with the same key. Default: `report`.
   */
  orphans?: 'report' | 'refund';
}

export interface ReconcileReport {
  /** Settled now, or found settled. */
  settled: ReconciledHold[];
  /** The agent works or waits, or its call may still be under way. */
  open: ReconciledHold[];
  /** Could not be settled, or nobody can say how its task stands; lapses at `receipt.expiresAt`. */
  unresolved: ReconciledHold[];
  /**
   * Why the holds on the ledger could not be listed, after two tries: those that no journal knows are
   * in none of the lists then, and empty lists do not say that all is well. Come again.
   */
  unlisted?: SettlementError;
}

/**
 * Finishes what other processes, or this one, left unsettled. It acts on proof only: a decision in
 * the journal, what the ledger says, the state the agent gives of its task. So it may run at any
 * time and on many machines at once.
 *
 * @throws whatever the journal's storage throws when it cannot be read.
 */
export async function reconcile(
  shared: PaymentContext,
  { provider, graceMs = defaultGraceMs, orphans = 'report' }: ReconcileOptions = {},
): Promise<ReconcileReport> {
  const context = withFewerAttempts(shared);
  const { journal, live, now, paid, rails } = context;
  const report: ReconcileReport = { settled: [], open: [], unresolved: [] };
  const { entries, torn } = await journal.list();
  const rivals: WorkEntry[] = [];
  const options: FinishOptions = {
    ask: ({ agent, task }) => queryAgentTask(provider, agent, task),
    graceMs,
    leftBehind: findLeftBehind(entries, { graceMs, now: now() }),
  };
  // All at once, so that they share one list.
  const lookups = new Map(rails.map((rail) => [rail, shareLookups(rail)]));
  const lookedFor = new Map(
    entries.flatMap((entry) =>
      entry.type === 'lost'
        ? [[entry.request.taskId, findHold(lookupsOf(entry), entry.request)] as const]
        : [],
    ),
  );
  const isUndecided = ({ type }: JournalEntry) => type === 'open' || type === 'kept';
  // What is decided goes first: agents that do not answer take their time, of which a route has little.
  await forEach(
    entries.filter((entry) => !isUndecided(entry)),
    attempt,
  );
  await forEach(entries.filter(isUndecided), attempt);
  for (const entry of rivals) {
    const { as, hold } = await finishRival(context, entry, options);
    report[as].push(hold);
  }
  await adoptOrphans();
  await paid.sweep().catch(() => {});
  return report;

  /** Of the rail that the hold was asked of. Older versions knew one only. */
  function contextOfLost({ rail = context.rail.name }: LostEntry): PaymentContext | undefined {
    return contextOfHold(context, { rail });
  }

  function lookupsOf(entry: LostEntry): Pick<SettlementRail, 'find'> {
    const on = contextOfLost(entry);
    return (on && lookups.get(on.rail)) ?? {};
  }

  /** What goes wrong with one must not keep the others from being settled. */
  async function attempt(entry: JournalEntry): Promise<void> {
    await (entry.type === 'lost' ? finishLost(entry) : finish(entry)).catch(() => {
      report.unresolved.push(
        entry.type === 'lost'
          ? { agent: entry.agent }
          : reconciledHold(entry.agent, { phase: 'open', hold: entry.hold }),
      );
    });
  }

  async function finish(entry: Exclude<JournalEntry, { type: 'lost' }>): Promise<void> {
    const result = await finishEntry(context, entry, options);
    if (result !== 'rival') report[result.as].push(result.hold);
    else if (entry.type !== 'settling') rivals.push(entry);
  }

  async function finishLost(entry: LostEntry): Promise<void> {
    const { agent, at, labels, request } = entry;
    const on = contextOfLost(entry) ?? context;
    const found = await lookedFor.get(request.taskId);
    if (found?.type === 'found') note(await undoLostHold(on, { agent, hold: found.hold, labels }));
    // A request that was on its way may still arrive; one whose hold would have lapsed may not.
    else if (
      found?.type === 'absent' &&
      hasExpired({ expiresAt: new Date(at + request.ttlMinutes * 60_000 + skewMs) }, on.now())
    )
      await journal.remove(request.taskId);
    else report.unresolved.push({ agent });
  }

  async function adoptOrphans(): Promise<void> {
    const inUse = new Set(live);
    const lists = await Promise.all(rails.map(listHeld));
    const held = lists.flatMap((list) => list ?? []);
    for (const taskId of live) inUse.add(taskId);
    const known = new Set(entries.map(taskIdOf));
    // Read once more: what was in use may have been kept since.
    if (held.some(({ taskId }) => !known.has(taskId))) {
      for (const entry of (await journal.list()).entries) known.add(taskIdOf(entry));
    }
    for (const hold of held) {
      if (known.has(hold.taskId)) continue;
      if (inUse.has(hold.taskId)) {
        report.open.push({ escrowId: hold.escrowId, receipt: receiptOf({ phase: 'open', hold }) });
        continue;
      }
      const on = contextOfHold(context, hold);
      if (on === undefined) continue;
      const payment = new ActiveHold('', { phase: 'open', hold }, on);
      payment.adoptJournal();
      if (orphans === 'refund') await payment.end({ type: 'failed', reason: 'error' });
      note(payment);
    }
    // What a crash left of an entry says nothing, and the ledger has nothing held for it any more.
    const heldTasks = new Set(held.map(({ taskId }) => taskId));
    for (const taskId of torn) {
      if (lists.every((list) => list !== undefined) && !heldTasks.has(taskId))
        await journal.remove(taskId).catch(() => {});
    }
  }

  /** Undefined for a ledger that cannot say. */
  async function listHeld(rail: SettlementRail): Promise<Hold[] | undefined> {
    const { listHeld: list } = rail;
    if (list === undefined) return undefined;
    const ask = () => list.call(rail, taskIdPrefix);
    return ask()
      .catch(async (error: unknown) => {
        await waitBefore(1, context.backoff, error);
        return ask();
      })
      .catch((cause: unknown) => {
        report.unlisted = SettlementError.isInstance(cause) ? cause : notListed(cause);
        return undefined;
      });
  }

  function note(payment: ActiveHold): void {
    const { as, hold } = finishedHold(payment);
    report[as].push(hold);
  }
}

function notListed(cause: unknown): SettlementError {
  const message = 'The holds on the ledger could not be listed.';
  return new SettlementError({ code: 'UNKNOWN', message, cause });
}

type LostEntry = Extract<JournalEntry, { type: 'lost' }>;

/** By which the clock of who wrote an entry may differ. */
const skewMs = 15 * 60_000;
