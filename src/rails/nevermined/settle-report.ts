import type { AgentAnswer, Hold, Pending, Settled } from '../rail';
import type { PaymentReport } from './read-payment-answer';

/**
 * States after which an agent of Nevermined's takes nothing more for a message. `canceled` is none: it may
 * go on.
 */
const final = new Set(['completed', 'failed', 'rejected']);
/** A message that was answered by a question is answered. */
const answered = new Set([...final, 'input-required', 'auth-required']);

/**
 * What became of a hold, by the agent's report. There is no ledger to ask: Nevermined has no look-up of
 * what a token paid.
 *
 * @param options.isAgain The agent's task was looked at since it answered.
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
      // In band a receipt can be had, by a look at the task.
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
      // Whatever the agent was doing, it may have taken all of it.
      return isOver ? taken(hold.amount, undefined) : pending;
  }
}
