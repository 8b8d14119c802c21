import type { AgentAnswer } from '../../../src/rails/rail';
import { holdRequest, neverminedBackend, neverminedCard } from './backend';

export const transaction = `0x${'ab'.repeat(32)}`;
export const network = 'eip155:84532';

/** A rail, and a hold of five credits. */
export async function held(tokenVersion: 2 | 3) {
  const made = neverminedBackend();
  const rail = made.rail({ tokenVersion });
  const hold = await rail.hold(holdRequest(neverminedCard({ planId: made.planId })));
  return { ...made, rail, hold };
}

/** What agents answer. */
export const completed = (metadata: object): AgentAnswer => ({ state: 'completed', metadata });
export const failed = (metadata?: object): AgentAnswer => ({ state: 'failed', metadata });
export const receipts = (receipt: object, more: object = {}) => ({
  'x402.payment.status': 'payment-completed',
  'x402.payment.receipts': [{ success: true, transaction, network, ...receipt }],
  ...more,
});
export const proof = [{ transaction, network, confirmedBy: 'agent' }];
