import type { Hold, Settled } from '../rails/rail';
import { askTask, outcomeOfTask, type AskedTask } from './ask-task';
import { HeldPayment, type PaymentContext } from './held-payment';
import { taskIdPrefix } from './plan-payment';
import type { JournalEntry } from './settlement-journal';
import { costOf, receiptOf, type SettlementReceipt } from './settlement-receipt';
import type { SettlementState } from './settlement-state';
import { undoLost } from './undo-lost';
import { whichHoldPays } from './which-hold-pays';

export interface ReconcileOptions {
  /** Finds agents by their model ids, to ask them how their tasks stand: `createA2A(…)`, a registry. */
  provider?: { languageModel(modelId: string): unknown };
  /**
   * Milliseconds for which a hold that may still be in use is left alone, since it was last heard of.
   * Default: 300000.
   */
  graceMs?: number;
  /**
   * What becomes of holds on the exchange that this package made and no journal knows: left by a
   * process that died without `writeAhead`, or in use by one that lives. `report` names them, and they
   * come back when they lapse; `refund` gives them back at once, which is right only where no other
   * process pays with the same key. Default: `report`.
   */
  orphans?: 'report' | 'refund';
}

/** One hold that `reconcile` found unsettled, and how it stands now. */
export interface ReconciledHold {
  /** The model id, where the journal knew it. */
  agent?: string;
  escrowId?: string;
  receipt?: SettlementReceipt;
}

export interface ReconcileReport {
  /** Settled now, or found settled. */
  settled: ReconciledHold[];
  /** The agent works or waits, or its call may still be under way. */
  open: ReconciledHold[];
  /** Could not be settled, or nobody can say how its task stands; lapses at `receipt.expiresAt`. */
  unresolved: ReconciledHold[];
}

/**
 * Finishes what other processes, or this one, left unsettled. It acts on proof only: a decision in
 * the journal, what the ledger says, the state the agent gives of its task. So it may run at any
 * time and on many machines at once.
 *
 * @throws whatever the journal's storage throws when it cannot be read.
 */
export async function reconcile(
  context: PaymentContext,
  { provider, graceMs = 300_000, orphans = 'report' }: ReconcileOptions = {},
): Promise<ReconcileReport> {
  const { journal, limits, live, rail } = context;
  const report: ReconcileReport = { settled: [], open: [], unresolved: [] };
  const { entries, torn } = await journal.list();
  const rivals: WorkEntry[] = [];
  const leftBehind = new Set(
    entries.flatMap((entry) =>
      entry.type === 'open' && Date.now() - entry.at >= graceMs ? [entry.hold.escrowId] : [],
    ),
  );
  for (const entry of entries) {
    // What goes wrong with one must not keep the others from being settled.
    await (entry.type === 'lost' ? finishLost(entry) : finish(entry)).catch(() => {
      report.unresolved.push(
        entry.type === 'lost'
          ? { agent: entry.agent }
          : describe(entry.agent, { phase: 'open', hold: entry.hold }),
      );
    });
  }
  // Once more, now that it may be known what became of the other holds of their tasks.
  for (const entry of rivals) await finishByTask(entry, { isLast: true });
  await adoptOrphans();
  return report;

  async function finish(entry: Exclude<JournalEntry, { type: 'lost' }>): Promise<unknown> {
    const { agent, hold } = entry;
    const leave = (list: ReconciledHold[]) => list.push(describe(agent, { phase: 'open', hold }));
    const recorded = await rail.look?.(hold).catch(() => 'unknown' as const);
    if (recorded === 'unknown') return leave(report.unresolved);
    const isGone = rail.look !== undefined && recorded === undefined && isOver(hold);
    const state = isGone ? ({ type: 'lapsed' } as const) : recorded?.state;
    if (state?.type === 'settled' || state?.type === 'lapsed') {
      const settled = state.type === 'settled' ? state.settled : await lapsed(entry);
      const found = describe(agent, { phase: 'settled', hold, settled });
      await journal.remove(hold.taskId);
      await limits.settle(hold.taskId, costOf(found.receipt), undefined);
      return report.settled.push(found);
    }
    // Another payer shares the journal.
    if (recorded?.isOurs === false) return leave(report.open);
    if (entry.type === 'settling') {
      const { action } = entry;
      const payment = new HeldPayment(agent, { phase: 'unresolved', hold, action }, context);
      await payment.resume();
      return note(payment);
    }
    if (state?.type === 'foreign') return leave(report.unresolved);
    if (live.has(hold.taskId) || Date.now() - entry.at < graceMs) return leave(report.open);
    return finishByTask(entry);
  }

  /** Nobody alive knows how the generation ended; its agent does. */
  async function finishByTask(entry: WorkEntry, { isLast = false } = {}): Promise<void> {
    const { agent, hold, work } = entry;
    const asked = await ask(entry);
    const outcome = asked && outcomeOfTask(asked.state);
    if (asked === undefined || outcome === undefined) {
      const list = asked === undefined ? report.unresolved : report.open;
      list.push(describe(agent, { phase: 'open', hold }));
      return;
    }
    const isDelivered = outcome.type === 'delivered';
    const paying = isDelivered
      ? await whichHoldPays(rail, entry, leftBehind).catch(() => 'unclear' as const)
      : 'this';
    if (paying === 'unclear') {
      if (isLast) report.open.push(describe(agent, { phase: 'open', hold }));
      else rivals.push(entry);
      return;
    }
    const payment = new HeldPayment(agent, { phase: 'open', hold }, context, work);
    payment.adoptJournal();
    // While a task waits for its caller, no time is spent on it.
    const elapsedMs = entry.type === 'kept' ? work.earlierMs : payment.elapsedAt(asked.at);
    await payment.end(
      paying === 'another'
        ? { type: 'failed', reason: 'not-dispatched' }
        : await payment.judge(outcome, { generation: asked.generation, elapsedMs }),
    );
    note(payment);
  }

  /** The tokens went back. Whether the agent had delivered makes it `late`. */
  async function lapsed(entry: Exclude<JournalEntry, { type: 'lost' }>): Promise<Settled> {
    const isDelivered =
      entry.type === 'settling'
        ? entry.action.type === 'release'
        : (await ask(entry))?.state === 'completed';
    const { amount, fee } = entry.hold;
    return isDelivered ? { status: 'late' } : { status: 'refunded', returned: amount + fee };
  }

  async function ask({ agent, task }: WorkEntry): Promise<AskedTask | undefined> {
    if (task === undefined) return undefined;
    try {
      return await askTask(provider?.languageModel(agent), task);
    } catch {
      // Registries throw for models they do not know.
      return undefined;
    }
  }

  async function finishLost({
    agent,
    at,
    request,
  }: Extract<JournalEntry, { type: 'lost' }>): Promise<void> {
    const undone = await undoLost(context, { agent, request });
    if (undone instanceof HeldPayment) note(undone);
    // A request that was on its way may still arrive; one whose hold would have lapsed may not.
    else if (
      undone === 'absent' &&
      isOver({ expiresAt: new Date(at + request.ttlMinutes * 60_000) })
    )
      await journal.remove(request.taskId);
    else report.unresolved.push({ agent });
  }

  async function adoptOrphans(): Promise<void> {
    const held = await rail.listHeld?.(taskIdPrefix).catch(() => undefined);
    const known = new Set(
      entries.map((entry) => (entry.type === 'lost' ? entry.request : entry.hold).taskId),
    );
    for (const hold of held ?? []) {
      if (known.has(hold.taskId)) continue;
      if (live.has(hold.taskId)) {
        report.open.push({ escrowId: hold.escrowId, receipt: receiptOf({ phase: 'open', hold }) });
        continue;
      }
      const payment = new HeldPayment('', { phase: 'open', hold }, context);
      payment.adoptJournal();
      if (orphans === 'refund') await payment.end({ type: 'failed', reason: 'error' });
      note(payment);
    }
    // What a crash left of an entry says nothing, and the ledger has nothing held for it any more.
    const heldTasks = new Set(held?.map(({ taskId }) => taskId));
    for (const taskId of torn) {
      if (held !== undefined && !heldTasks.has(taskId))
        await journal.remove(taskId).catch(() => {});
    }
  }

  function note({ agent, hold, receipt }: HeldPayment): void {
    const list = receipt.status === 'pending' ? report.unresolved : report.settled;
    list.push({ ...(agent !== '' && { agent }), escrowId: hold.escrowId, receipt });
  }
}

type WorkEntry = Extract<JournalEntry, { type: 'open' | 'kept' }>;

function describe(agent: string, state: SettlementState) {
  return { agent, escrowId: state.hold.escrowId, receipt: receiptOf(state) };
}

function isOver({ expiresAt }: Pick<Hold, 'expiresAt'>): boolean {
  return expiresAt.getTime() < Date.now();
}
