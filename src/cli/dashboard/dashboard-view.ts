import type { SpendTotal } from '../../settlement/state/spend';
import type { Hint } from './dashboard-source';
import type { HoldOutcome, HoldStory } from '../../wallet/hold-story';
import type { WalletBalance } from '../../wallet/read-wallet';
import type { ViewQuery } from './view-query';

/** What the page shows, and `view.json` contains. Amounts are exact decimal strings, times ISO 8601 in UTC. */
export interface DashboardView {
  at: string;
  source: string;
  /** The start of the range. */
  from: string;
  query: ViewQuery;
  /** Undefined if no ledger can be asked. */
  balances?: WalletBalance[] | undefined;
  /** Undefined if neither a ledger nor a journal can be asked. */
  underWay?: { holds: HeldNow[]; total: number; sums: Sum[] } | undefined;
  unresolved: { holds: UnresolvedHold[]; total: number };
  /** Undefined if the source cannot reconcile. */
  reconcile?: { isRunning: boolean; last?: ReconcileResult | undefined } | undefined;
  spend: SpendView;
  timeline: { stories: HoldStory[]; total: number; counts: Record<HoldOutcome, number> };
  /** The names of agents' accounts that the exchange tells. Only for agents whose URL is not known. */
  names: Record<string, string>;
  hints: Hint[];
  /** What could not be read. */
  problems: string[];
}

export interface Sum {
  currency: string;
  amount: string;
}

export interface HeldNow {
  state: 'open' | 'kept' | 'settling';
  rail: string;
  agent?: string | undefined;
  payee: string;
  escrowId: string;
  currency: string;
  /** Including the fee. */
  total: string;
  heldAt?: string | undefined;
  expiresAt: string;
  labels: Record<string, string>;
}

export interface UnresolvedHold {
  why: 'failed' | 'expired' | 'lost';
  rail?: string | undefined;
  agent?: string | undefined;
  payee: string;
  /** Undefined if the answer to the request was lost. */
  escrowId?: string | undefined;
  currency?: string | undefined;
  /** Including the fee, if that is known. */
  total: string;
  /** The code of the error. */
  error?: string | undefined;
  heldAt: string;
}

export interface ReconcileResult {
  at: string;
  settled: number;
  open: number;
  unresolved: number;
  /** Why it failed, or which ledger could not be asked. */
  problem?: string | undefined;
}

export interface SpendView {
  /** Without groups: one for each currency. */
  totals: SpendTotal[];
  byDay: SpendTotal[];
  byAgent: SpendTotal[];
  byLabel: SpendTotal[];
  /** The label of `byLabel`. */
  label?: string | undefined;
  /** The names of all labels. */
  labels: string[];
  /** Whether agents and labels are known. */
  isByAgent: boolean;
}
