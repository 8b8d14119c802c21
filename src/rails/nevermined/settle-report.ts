import type { AgentAnswer, Hold, Pending, Settled } from '../rail';
import type { PaymentReport } from './read-payment-answer';

/**
 * States after which a Nevermined agent captures nothing more for a message. Not `canceled`: the agent may
 * continue.
 */
const final = new Set(['completed', 'failed', 'rejected']);
/** A request for input completes the response to a message. */
const answered = new Set([...final, 'input-required', 'auth-required']);

/**
 * The outcome of a hold, from the agent's report. Nevermined has no ledger that could be queried for a
 * token's payments.
 *
 * @param options.isAgain Whether the agent's task was queried after its response.
 */
export function settleReport(
  hold: Hold,
  action: 'release' | 'refund',
  {
    report,
    answer,
    isInBand,
    isAgain,
    now,
  }: {
    report: PaymentReport;
    answer: AgentAnswer | undefined;
    isInBand: boolean;
    isAgain: boolean;
    now: Date;
  },
): Settled | Pending {
  const pending: Pending = { status: 'pending', until: hold.expiresAt };
  const isOver = hold.expiresAt <= now;
  const back: Settled = { status: 'refunded', returned: hold.amount };
  const taken = (
    amount: Hold['amount'],
    proof: Extract<Settled, { amount: unknown }>['proof'],
  ) => ({
    status: action === 'release' ? ('released' as const) : ('taken' as const),
    amount,
    fee: 0,
    ...(proof && { proof }),
  });
  switch (report.type) {
    case 'charged': {
      // A task query can return the receipt from its metadata.
      const isReceiptDue = report.proof === undefined && isInBand && !isAgain && !isOver;
      return isReceiptDue ? pending : taken(report.credits ?? hold.amount, report.proof);
    }
    case 'not-charged':
      return back;
    case 'deferred':
      return isOver ? taken(hold.amount, undefined) : pending;
    case 'silent':
      if ((action === 'release' ? answered : final).has(answer?.state ?? ''))
        return isAgain || isOver ? back : pending;
      // Whatever state the agent is in, it may have captured everything.
      return isOver ? taken(hold.amount, undefined) : pending;
  }
}
