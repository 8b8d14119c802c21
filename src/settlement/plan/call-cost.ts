import type { Hold, SettlementRail } from '../../rails/rail';
import { costOf, type SettlementReceipt } from '../state/settlement-receipt';
import type { CallCost } from './spending-limits';

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
