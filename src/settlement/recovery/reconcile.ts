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
  /** Finds agents by model id, to query the status of their tasks: `createA2A(…)`. */
  provider?: AgentFinder;
  /** Milliseconds since its last update for which a hold that may be in use is skipped. Default: 300000. */
  graceMs?: number;
  /**
   * What to do with holds on the exchange that this package made and that are in no journal: left by a process
   * that crashed without `writeAhead`, or in use by a running one. `report` lists them, and they are refunded
   * when they expire; `refund` refunds them at once, which is only safe if no other process, and no other
   * settlement of this process, pays with the same key. Default: `report`.
   */
  orphans?: 'report' | 'refund';
}

export interface ReconcileReport {
  /** Settled now, or found to be settled. */
  settled: ReconciledHold[];
  /** The agent works or waits, or its call may still be running. */
  open: ReconciledHold[];
  /** Could not be settled, or the state of the task is not known; expires at `receipt.expiresAt`. */
  unresolved: ReconciledHold[];
  /**
   * Why the holds on the ledger could not be listed, after two attempts. Holds that are in no journal are then
   * missing from all lists, so empty lists do not mean that nothing is left. Run `reconcile` again.
   */
  unlisted?: SettlementError;
}

/**
 * Finishes holds that other processes, or this one, left unsettled. It acts on evidence only: a decision in the
 * journal, the state on the ledger, the state of the task at its agent. So it may run at any time and on many
 * machines at once.
 *
 * @throws any error of the journal's storage, if it cannot be read.
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
  // Created once for all holds of a rail, so that they share one list request.
  const lookups = new Map(rails.map((rail) => [rail, shareLookups(rail)]));
  const lookedFor = new Map(
    entries.flatMap((entry) =>
      entry.type === 'lost'
        ? [[entry.request.taskId, findHold(lookupsOf(entry), entry.request)] as const]
        : [],
    ),
  );
  const isUndecided = ({ type }: JournalEntry) => type === 'open' || type === 'kept';
  // Decided holds go first: queries to unresponsive agents take long, and a route has little time.
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

  /** The rail that the hold was requested on. Older versions supported one rail only. */
  function contextOfLost({ rail = context.rail.name }: LostEntry): PaymentContext | undefined {
    return contextOfHold(context, { rail });
  }

  function lookupsOf(entry: LostEntry): Pick<SettlementRail, 'find'> {
    const on = contextOfLost(entry);
    return (on && lookups.get(on.rail)) ?? {};
  }

  /** An error with one hold must not prevent the settlement of the others. */
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
    // A request in transit may still arrive, unless its hold would already have expired.
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
    // Read again: a hold that was in use may have been kept since.
    if (held.some(({ taskId }) => !known.has(taskId))) {
      for (const entry of (await journal.list()).entries) known.add(taskIdOf(entry));
    }
    const orphaned: Hold[] = [];
    for (const hold of held) {
      if (known.has(hold.taskId)) continue;
      if (inUse.has(hold.taskId)) {
        report.open.push({ escrowId: hold.escrowId, receipt: receiptOf({ phase: 'open', hold }) });
      } else {
        orphaned.push(hold);
      }
    }
    await forEach(orphaned, adopt);
    // A damaged entry without a hold on the ledger is of no use.
    const heldTasks = new Set(held.map(({ taskId }) => taskId));
    if (lists.includes(undefined)) return;
    await forEach(
      torn.filter((taskId) => !heldTasks.has(taskId)),
      (taskId) => journal.remove(taskId).catch(() => {}),
    );
  }

  async function adopt(hold: Hold): Promise<void> {
    const on = contextOfHold(context, hold);
    if (on === undefined) return;
    const payment = new ActiveHold('', { phase: 'open', hold }, on);
    payment.adoptJournal();
    if (orphans === 'refund') await payment.end({ type: 'failed', reason: 'error' });
    note(payment);
  }

  /** Undefined for a ledger that cannot list holds. */
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

/** The assumed maximum difference between the clocks of machines, in milliseconds. */
const skewMs = 15 * 60_000;
