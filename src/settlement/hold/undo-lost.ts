import type { HoldRequest } from '../../rails/rail';
import { HeldPayment, type PaymentContext } from './held-payment';
import { findHold } from './obtain-hold';

/**
 * Gives back what is held for a call that went on unpaid, if anything is.
 *
 * `absent`: nothing is held now; a request that was on its way may still arrive.
 */
export async function undoLost(
  context: PaymentContext,
  { agent, request }: { agent: string; request: HoldRequest },
): Promise<HeldPayment | 'absent' | 'unknown'> {
  const found = await findHold(context.rail, request);
  if (found.type !== 'found') return found.type;
  const payment = new HeldPayment(agent, { phase: 'open', hold: found.hold }, context);
  payment.adoptJournal();
  await payment.end({ type: 'failed', reason: 'not-dispatched' });
  return payment;
}
