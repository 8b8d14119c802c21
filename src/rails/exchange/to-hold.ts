import { type Hold, type HoldRequest, SettlementError } from '../rail';
import type { CreatedEscrow, Escrow } from './escrow-answer-schemas';
import { canonicalExchangeUrl, EXCHANGE_CURRENCY } from './schemas';

/** Of the holds this rail makes. */
export const RAIL_NAME = 'a2a-se';

/** @throws SettlementError `UNEXPECTED_ANSWER` when the exchange opened another escrow than asked for. */
export function assertAsAsked(escrow: CreatedEscrow, request: HoldRequest, url: string): void {
  const wrong = [
    ...(escrow.providerId === request.payee ? [] : ['payee']),
    ...(escrow.amount === request.amount ? [] : ['amount']),
    ...((escrow.taskId ?? request.taskId) === request.taskId ? [] : ['task']),
    ...((escrow.groupId ?? request.group) === request.group ? [] : ['group']),
    ...(escrow.status === 'held' ? [] : ['status']),
  ];
  if (wrong.length > 0) {
    throw new SettlementError({
      code: 'UNEXPECTED_ANSWER',
      message: `Hold failed at ${canonicalExchangeUrl(url)}: it opened escrow ${escrow.escrowId} with another ${wrong.join(' and ')} than asked for. Refund that escrow, or let it lapse.`,
      escrowId: escrow.escrowId,
      state: escrow.status,
    });
  }
}

/** An escrow as the settlement knows it. */
export function toHold(
  escrow: CreatedEscrow | Escrow,
  { taskId, url }: { taskId: string; url: string },
): Hold<number> {
  return {
    rail: RAIL_NAME,
    taskId,
    escrowId: escrow.escrowId,
    payee: escrow.providerId,
    amount: escrow.amount,
    fee: escrow.feeAmount,
    currency: EXCHANGE_CURRENCY,
    exchangeUrl: url,
    expiresAt: escrow.expiresAt,
  };
}
