import type { BalanceReport } from '../../settlement/recovery/list-balances';
import type { HoldReport } from '../../settlement/recovery/list-holds';
import type { ReconcileReport } from '../../settlement/recovery/reconcile';
import type { SettlementRecord } from '../../settlement/state/settlement-record';

/** Where the dashboard reads. What is absent cannot be shown, and `hints` say how to add it. */
export interface DashboardSource {
  /** Shown at the top of the page. */
  name: string;
  /** Milliseconds between two reads of the ledgers, which may limit the rate of requests. */
  pauseMs: number;
  balance?: (() => Promise<BalanceReport>) | undefined;
  holds?: (() => Promise<HoldReport>) | undefined;
  /** What happened to holds that were requested since then. */
  records: (from: Date) => AsyncIterable<SettlementRecord>;
  /** The names of agents' accounts, if agents are not known by their URL. Their owners chose them. */
  names?: ((accounts: string[]) => Promise<Map<string, string>>) | undefined;
  /** Requests of holds in the journal whose answers were lost. */
  lost?: (() => Promise<LostHold[]>) | undefined;
  reconcile?: (() => Promise<ReconcileReport>) | undefined;
  /** Whether records are of a store of receipts, so that agents and labels are known. */
  hasReceipts: boolean;
  /** What is missing on the page, and how to add it. */
  hints: Hint[];
}

export interface Hint {
  missing: string;
  /** Code is between backticks. */
  how: string;
}

export interface LostHold {
  agent: string;
  payee: string;
  /** Without a fee. A decimal string. */
  amount: string;
  taskId: string;
  /** ISO 8601, UTC. */
  requestedAt: string;
}
