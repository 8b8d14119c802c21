import { compareAmounts } from '../../internal/decimal';
import type { Hold, Settled } from '../../rails/rail';

/** What is told of a hold that has ended so. */
export function eventsOf(
  hold: Hold,
  settled: Settled,
): ('disputed' | 'overcharged' | 'refunded' | 'released' | 'taken')[] {
  const { status } = settled;
  const name = status === 'partially-released' || status === 'late' ? 'released' : status;
  const isMore = 'amount' in settled && compareAmounts(settled.amount, hold.amount) > 0;
  return isMore ? [name, 'overcharged'] : [name];
}
