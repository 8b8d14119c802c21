import type { Amount, Hold, SettlementRail } from '../../rails/rail';
import { costOf, type SettlementReceipt } from '../state/settlement-receipt';

/** What a call came to. */
export interface CallCost {
  amount: Amount;
  conversation?: string | undefined;
  /** The currency's code, where the agent captures. */
  capturedIn?: string | undefined;
  /** Until when the agent may take it, in milliseconds since 1970, where it has not. */
  pendingUntil?: number | undefined;
}

/** What a receipt says that a call has cost, or may cost yet. */
export function callCostOf(
  { capabilities }: Pick<SettlementRail, 'capabilities'>,
  { currency, expiresAt }: Hold,
  receipt: SettlementReceipt,
): CallCost {
  const amount = costOf(receipt);
  if (capabilities.capturedBy === 'payer') return { amount };
  return {
    amount,
    capturedIn: currency,
    ...(receipt.status === 'pending' && { pendingUntil: expiresAt.getTime() }),
  };
}
