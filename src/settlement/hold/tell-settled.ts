import { compareAmounts } from '../../internal/decimal';
import type { Hold, Settled } from '../../rails/rail';
import type { SettlementEvents } from '../core/settlement-events';
import { receiptOf } from '../core/settlement-receipt';
import type { RefundReason } from '../core/settlement-state';

/** Tells how a hold ended, and that its agent took more than was held. */
export function tellSettled(
  events: SettlementEvents,
  {
    agent,
    hold,
    reason,
    settled,
  }: { agent: string; hold: Hold; reason?: RefundReason | undefined; settled: Settled },
): void {
  const receipt = receiptOf({ phase: 'settled', hold, settled });
  const event = { agent, receipt, ...(reason !== undefined && { reason }) };
  events.emit(nameOf(settled), event);
  if ('amount' in settled && compareAmounts(settled.amount, hold.amount) > 0) {
    events.emit('overcharged', event);
  }
}

function nameOf({ status }: Settled): 'disputed' | 'refunded' | 'released' | 'taken' {
  return status === 'partially-released' || status === 'late' ? 'released' : status;
}
