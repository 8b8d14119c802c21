import type { PaymentContext } from './held-payment';
import type { KeptHolds } from './kept-holds';
import type { ResolvedSettlementOptions } from './settlement-options';
import type { SettleTask } from './settle-task';

/** What one settlement arranges its payments with. */
export interface Arranging {
  context: PaymentContext;
  kept: KeptHolds;
  options: ResolvedSettlementOptions;
  settleTask: SettleTask;
}
