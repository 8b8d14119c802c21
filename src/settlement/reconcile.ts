import type { Hold, HoldRequest } from '../rails/rail';
import { askTaskState } from './ask-task-state';
import { HeldPayment, type PaymentContext } from './held-payment';
import { findHold } from './obtain-hold';
import { taskIdPrefix } from './plan-payment';
import type { JournalEntry } from './settlement-journal';
import { receiptOf, type SettlementReceipt } from './settlement-receipt';
import type { Outcome, SettlementState } from './settlement-state';

export interface ReconcileOptions {
  /** Finds agents by their model ids, to ask them how their tasks stand: `createA2A(…)`, a registry. */
  provider?: { languageModel(modelId: string): unknown };
  /**
   * Milliseconds for which a hold that may still be in use is left alone, since it was last heard of.
   * Default: 300000.
   */
  graceMs?: number;
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
 */
export async function reconcile(
  context: PaymentContext,
  { provider, graceMs = 300_000 }: ReconcileOptions = {},
): Promise<ReconcileReport> {
  const { journal, rail } = context;
  const report: ReconcileReport = { settled: [], open: [], unresolved: [] };
  const entries = await journal.list();
  for (const entry of entries) {
    if (entry.type !== 'lost') await finish(entry);
    else await note(await undoLost(context, entry), entry);
  }
  const known = new Set(entries.map((entry) => (entry.type === 'lost' ? '' : entry.hold.escrowId)));
  const orphans = (await rail.listHeld?.(taskIdPrefix).catch(() => [])) ?? [];
  for (const hold of orphans) {
    // Another machine's, at work; or a dead one's: the ledger does not say, so it is only named.
    if (!known.has(hold.escrowId)) report.unresolved.push(describe(undefined, stateOf(hold)));
  }
  return report;

  async function finish(entry: Exclude<JournalEntry, { type: 'lost' }>): Promise<void> {
    const { agent, hold } = entry;
    const recorded = await rail.look?.(hold.escrowId).catch(() => 'unknown' as const);
    if (recorded === 'unknown') {
      report.unresolved.push(describe(agent, stateOf(hold)));
      return;
    }
    const state = recorded?.state;
    if (state?.type === 'settled' || state?.type === 'lapsed') {
      await journal.remove(hold.taskId);
      const settled =
        state.type === 'settled'
          ? state.settled
          : ({ status: 'refunded', returned: hold.amount + hold.fee } as const);
      report.settled.push(describe(agent, { phase: 'settled', hold, settled }));
      return;
    }
    if (entry.type === 'settling') {
      const { action } = entry;
      await settle(
        new HeldPayment(agent, { phase: 'unresolved', hold, action }, context),
        (payment) => payment.resume(),
      );
      return;
    }
    if (Date.now() - entry.at < graceMs) {
      report.open.push(describe(agent, stateOf(hold)));
      return;
    }
    const task =
      entry.task === undefined
        ? undefined
        : await askTaskState(provider?.languageModel(agent), entry.task);
    const outcome = task === undefined ? undefined : outcomeOf(task);
    if (outcome !== undefined) {
      const payment = new HeldPayment(agent, { phase: 'open', hold }, context);
      payment.adoptJournal();
      await settle(payment, () => payment.end(outcome));
      return;
    }
    (task === undefined ? report.unresolved : report.open).push(describe(agent, stateOf(hold)));
  }

  /** A request that was on its way may still arrive; one whose hold would have lapsed may not. */
  async function note(
    undone: ReconciledHold | 'absent' | 'unknown',
    { agent, at, request }: JournalEntry & { type: 'lost' },
  ): Promise<void> {
    if (typeof undone === 'object') {
      (undone.receipt?.status === 'pending' ? report.unresolved : report.settled).push(undone);
    } else if (undone === 'absent' && isOver(request, at)) {
      await journal.remove(request.taskId);
    } else {
      report.unresolved.push({ agent });
    }
  }

  async function settle(
    payment: HeldPayment,
    act: (payment: HeldPayment) => Promise<SettlementReceipt>,
  ): Promise<void> {
    const receipt = await act(payment);
    const list = receipt.status === 'pending' ? report.unresolved : report.settled;
    list.push({ agent: payment.agent, escrowId: payment.hold.escrowId, receipt });
  }
}

/** Gives back what is held for a call that went on unpaid, if anything is. */
export async function undoLost(
  context: PaymentContext,
  { agent, request }: { agent: string; request: HoldRequest },
): Promise<ReconciledHold | 'absent' | 'unknown'> {
  const found = await findHold(context.rail, request);
  if (found.type !== 'found') return found.type;
  const payment = new HeldPayment(agent, { phase: 'open', hold: found.hold }, context);
  payment.adoptJournal();
  const receipt = await payment.end({ type: 'failed', reason: 'not-dispatched' });
  return { agent, escrowId: found.hold.escrowId, receipt };
}

function outcomeOf(taskState: string): Outcome | undefined {
  switch (taskState) {
    case 'completed':
      return { type: 'delivered' };
    case 'failed':
    case 'rejected':
    case 'canceled':
      return { type: 'failed', reason: `task-${taskState}` };
    default:
      return undefined;
  }
}

function describe(agent: string | undefined, state: SettlementState): ReconciledHold {
  return {
    ...(agent !== undefined && { agent }),
    escrowId: state.hold.escrowId,
    receipt: receiptOf(state),
  };
}

function stateOf(hold: Hold): SettlementState {
  return { phase: 'open', hold };
}

function isOver({ ttlMinutes }: HoldRequest, at: number): boolean {
  return Date.now() - at > ttlMinutes * 60_000;
}
