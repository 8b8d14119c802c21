import { compareAmounts } from '../../internal/decimal';
import type { LockNote, PaymentVerdict, Sale } from './accepted-payment';
import { advanceSale } from './advance-sale';
import type { FoundPayment } from './find-payment';
import type { OpenSale } from './open-sale';
import { refusalOf } from './payment-challenge';
import { refundLeftSale } from './refund-sale';
import type { SaleTurn } from './sale-turn';

/** A verified payment: its stored state and its operations. */
export interface VerifiedSale {
  open: OpenSale;
  verified: Sale;
}

/**
 * Binds the payment of a turn to its task, verifies it, and stores the result. Undefined: the turn has ended,
 * and the client was told why.
 */
export async function verifySale(
  turn: SaleTurn,
  open: OpenSale,
  found: FoundPayment,
): Promise<VerifiedSale | undefined> {
  const { desk, taskId } = turn;
  const { waiting } = found;
  const { locking, mayBeBound, verdict } = await verify(turn, open, found);
  if (verdict === 'canceled') {
    // The task was canceled before this message, and the turn owner must refund its payment.
    const left = { ...open, ...waiting, turn: open.turn };
    await turn.quietly(() => refundLeftSale(taskId, left, desk));
    turn.tellCanceled();
    return undefined;
  }
  if (!verdict.verified) {
    if (verdict.error !== undefined) desk.book.tell(verdict.error);
    const { mayBeLocked, reason } = verdict;
    const step = advanceSale(locking ?? open, { type: 'refused', reason, mayBeLocked });
    await turn.note(open, step);
    // A payment bound to another task could be locked for that task and refunded for this one.
    if (mayBeBound && step.sale === undefined) {
      await turn.quietly(() => desk.records.unbind(open, taskId));
    }
    // The refusal ends the task and its first payment.
    if (step.sale === undefined || waiting?.sale !== open.sale) await noteReplaced(turn, waiting);
    // Before the turn is released: the next turn must not work on a failed task.
    await turn.quietly(() => desk.records.end(taskId, 'canceled'));
    await turn.put(step.sale);
    await turn.fail(refusalOf(found.accept, verdict));
    return undefined;
  }
  const verified = verdict.sale;
  const step = advanceSale(open, { type: 'verified', sale: verified });
  const { sale = open } = step;
  // For `reconcile`, if this process is terminated.
  await turn.put(sale);
  if (waiting?.sale !== open.sale) await noteReplaced(turn, waiting);
  await turn.note(open, step);
  if ((await turn.isCanceled()) === true) {
    await turn.refund(sale, verified);
    turn.tellCanceled();
    return undefined;
  }
  return { open: sale, verified };
}

interface Verification {
  verdict: PaymentVerdict | 'canceled';
  /** Whether the binding must be removed if the payment is invalid. */
  mayBeBound: boolean;
  /** The state that `reconcile` refunds while the result of the lock is unknown. */
  locking: OpenSale | undefined;
}

async function verify(
  turn: SaleTurn,
  open: OpenSale,
  { claim, waiting }: FoundPayment,
): Promise<Verification> {
  const { desk, taskId } = turn;
  const before = waiting?.sale === open.sale ? waiting : undefined;
  let mayBeBound = false;
  let locking: OpenSale | undefined;
  const beforeLock = async (noted: LockNote) => {
    locking = advanceSale(open, { type: 'locking', noted }).sale;
    // If this cannot be stored, nothing must be locked.
    await desk.records.put(taskId, locking);
  };
  const ask = async (): Promise<Verification['verdict']> => {
    if ((await desk.records.ended(taskId)) !== undefined) return 'canceled';
    // The payer can already reclaim it, so the work would not be paid.
    if (before?.captureBy !== undefined && Date.parse(before.captureBy) <= Date.now()) {
      return 'canceled';
    }
    // Before verification: two machines that verify concurrently would both succeed.
    if (before === undefined) {
      // Assumed bound if the response is lost.
      mayBeBound = true;
      mayBeBound = await desk.records.bind(open, claim, taskId);
      if (!mayBeBound) return { verified: false, ...alreadyUsed };
    }
    const verifying = () => claim.verify({ beforeLock });
    const said = await turn.inSpan('sale.verify', open, verifying, describeVerdict);
    if (!said.verified || before !== undefined || !isLess(said.sale, waiting)) return said;
    const back = locking && (await said.sale.refund());
    return { verified: false, ...tooLittle, mayBeLocked: back?.status === 'unsettled' };
  };
  const verdict = await ask().catch((error: unknown): PaymentVerdict => {
    desk.book.tell(error);
    return { verified: false, ...unverifiable, mayBeLocked: true };
  });
  return { locking, mayBeBound, verdict };
}

async function noteReplaced(turn: SaleTurn, waiting: OpenSale | undefined): Promise<void> {
  if (waiting !== undefined) await turn.note(waiting, advanceSale(waiting, { type: 'replaced' }));
}

/** A replacement must not be less than the first payment: existing output would be sold for less. */
function isLess({ amount, currency }: Sale, waiting: OpenSale | undefined): boolean {
  if (waiting?.amount === undefined || waiting.artifacts.length === 0) return false;
  return currency !== waiting.currency || compareAmounts(amount, waiting.amount) < 0;
}

function describeVerdict(verdict: PaymentVerdict) {
  return { 'sale.verdict': verdict.verified ? 'verified' : verdict.reason };
}

const alreadyUsed = {
  reason: 'already-used',
  message: 'The payment already pays for another task.',
};
const tooLittle = {
  reason: 'too-little',
  message: 'The task started with a payment of a higher amount, or in another currency.',
};
export const unverifiable = {
  reason: 'unverifiable',
  message: 'The payment could not be verified.',
};
