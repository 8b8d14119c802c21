import type { Hold } from '../../rails/rail';
import { HeldPayment } from './held-payment';
import type { PaymentContext } from './payment-context';

/** Gives a hold back that was found for a call which went on without it. */
export async function undoLost(
  context: PaymentContext,
  { agent, hold }: { agent: string; hold: Hold },
): Promise<HeldPayment> {
  const payment = new HeldPayment(agent, { phase: 'open', hold }, context);
  payment.adoptJournal();
  await payment.end({ type: 'failed', reason: 'not-dispatched' });
  return payment;
}
