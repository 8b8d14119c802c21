import { AsyncLocalStorage } from 'node:async_hooks';
import type { PaymentQuote } from 'ai-sdk-a2a-settlement';
import type { Approval } from './chat-message';

/** A call of the exchange's agents that costs more needs the user's approval. */
const ASK_ABOVE = 20;

const given = new AsyncLocalStorage<Approval | undefined>();

/** Makes a call with what its user has approved in the page. */
export function withApproval<T>(approval: Approval | undefined, call: () => T): T {
  return given.run(approval, call);
}

/** Thrown before anything is held or sent. The page asks the user, and sends the message again. */
export class ApprovalNeeded extends Error {
  constructor(readonly quote: Approval) {
    super(`The agent asks for ${quote.amount} ${quote.currency}. Nothing was held or sent.`);
  }
}

/** For `createSettlement({ approve })`. An approval counts for one agent, up to its price. */
export function approve({ agent, amount, currency = 'ATE' }: PaymentQuote): boolean {
  if (currency !== 'ATE' || Number(amount) <= ASK_ABOVE) return true;
  const approval = given.getStore();
  if (approval?.agent === agent && approval.currency === currency) {
    if (Number(amount) <= Number(approval.amount)) return true;
  }
  throw new ApprovalNeeded({ agent, amount: String(amount), currency });
}
