import type { Amount, Hold, SettlementRail } from '../../rails/rail';
import { costOf, type SettlementReceipt } from '../state/settlement-receipt';

/** The cost of a call. */
export interface CallCost {
  amount: Amount;
  conversation?: string | undefined;
  /** The currency's code, if the agent captures. */
  capturedIn?: string | undefined;
  /** The time until which the agent may still capture, in milliseconds since 1970. Undefined once it has. */
  pendingUntil?: number | undefined;
}

/** The cost of a call according to its receipt, including what the agent may still capture. */
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
