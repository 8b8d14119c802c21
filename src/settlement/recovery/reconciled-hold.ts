import type { Hold } from '../../rails/rail';
import type { ActiveHold } from '../hold/active-hold';
import type { PaymentContext } from '../hold/payment-context';
import type { QueriedTask } from '../outcome/query-task';
import type { JournalEntry } from '../state/journal-entry';
import { receiptOf, type SettlementReceipt } from '../state/settlement-receipt';
import type { SettlementState } from '../state/settlement-state';

/** One hold that was found unsettled, and its current state. */
export interface ReconciledHold {
  /** The model id, if the journal has it. */
  agent?: string;
  escrowId?: string;
  receipt?: SettlementReceipt;
}

/** The list of the report that a hold belongs to. */
export interface Finished {
  as: 'settled' | 'open' | 'unresolved';
  hold: ReconciledHold;
}

/** For callers that run again later: an unreachable exchange must not delay them by a minute for each hold. */
export function withFewerAttempts(context: PaymentContext): PaymentContext {
  const { backoff } = context;
  return { ...context, backoff: { ...backoff, attempts: Math.min(backoff.attempts, 5) } };
}

/** Milliseconds since its last update for which a hold may be in use. */
export const defaultGraceMs = 300_000;

export type HeldEntry = Exclude<JournalEntry, { type: 'lost' }>;
export type WorkEntry = Extract<JournalEntry, { type: 'open' | 'kept' }>;

export interface FinishOptions {
  /** Queries the status of the task at its agent. */
  ask: (entry: Pick<HeldEntry, 'agent' | 'task'>) => Promise<QueriedTask | undefined>;
  /** Milliseconds for which a hold that may be in use elsewhere is skipped. */
  graceMs: number;
  /** The escrows that are certainly abandoned. */
  leftBehind: Set<string>;
}

/** The state of a payment after all possible steps. */
export function finishedHold({ agent, hold, receipt }: ActiveHold): Finished {
  return {
    as: receipt.status === 'pending' ? 'unresolved' : 'settled',
    hold: { ...(agent !== '' && { agent }), escrowId: hold.escrowId, receipt },
  };
}

export function reconciledHold(agent: string, state: SettlementState) {
  return { agent, escrowId: state.hold.escrowId, receipt: receiptOf(state) };
}

/** The escrows that no process can be using any more. */
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

export function hasExpired({ expiresAt }: Pick<Hold, 'expiresAt'>, now: number): boolean {
  return expiresAt.getTime() < now;
}
