import { compareAmounts } from '../../internal/decimal';
import type { Hold, Settled } from '../../rails/rail';

/** The names of the events of a hold that ended in this way. */
export function eventsOf(
  hold: Hold,
  settled: Settled,
): ('disputed' | 'overcharged' | 'refunded' | 'released' | 'taken')[] {
  const { status } = settled;
  const name = status === 'partially-released' || status === 'late' ? 'released' : status;
  const isMore = 'amount' in settled && compareAmounts(settled.amount, hold.amount) > 0;
  return isMore ? [name, 'overcharged'] : [name];
}
