import type { Hold } from '../../rails/rail';
import { HeldPayment } from './held-payment';
import type { PaymentContext } from './payment-context';

/** Gives a hold back that was found for a call which went on without it. */
export async function undoLost(
  context: PaymentContext,
  {
    agent,
    hold,
    labels,
  }: { agent: string; hold: Hold; labels: Record<string, string> | undefined },
): Promise<HeldPayment> {
  const work = { startedAt: Date.now(), earlierMs: 0, labels };
  const payment = new HeldPayment(agent, { phase: 'open', hold }, context, work);
  payment.adoptJournal();
  await payment.end({ type: 'failed', reason: 'not-dispatched' });
  return payment;
}
