import type { SettleTask } from '../finish/settle-task';
import type { PaymentContext } from '../hold/held-payment';
import type { KeptHolds } from '../hold/kept-holds';
import type { LostHolds } from '../hold/lost-holds';
import type { ResolvedSettlementOptions } from '../options/settlement-options';

/** What one settlement arranges its payments with. */
export interface Arranging {
  context: PaymentContext;
  kept: KeptHolds;
  lost: LostHolds;
  options: ResolvedSettlementOptions;
  settleTask: SettleTask;
}
