import { compareAmounts } from '../../internal/decimal';
import type { LockNote, PaymentVerdict, Sale } from './accepted-payment';
import { advanceSale } from './advance-sale';
import type { FoundPayment } from './find-payment';
import type { OpenSale } from './open-sale';
import { refusalOf } from './payment-challenge';
import { refundLeftSale } from './refund-sale';
import type { SaleTurn } from './sale-turn';

/** A payment that was found good: what is known of it, and what can be done about it. */
export interface VerifiedSale {
  open: OpenSale;
  verified: Sale;
}

/**
 * Binds the payment of a turn to its task, verifies it, and writes it down. Undefined: the turn is over, and
 * its caller was told why.
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
    // It was canceled while it waited for this message, and left its payment to whoever has the turn.
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
    // Bound to another task, it could be locked for that one, and given back for this one.
    if (mayBeBound && step.sale === undefined) {
      await turn.quietly(() => desk.records.unbind(open, taskId));
    }
    // The refusal ends the task, and what it was begun with.
    if (step.sale === undefined || waiting?.sale !== open.sale) await noteReplaced(turn, waiting);
    // Before the turn is free: who takes it then would work for a task that has failed.
    await turn.quietly(() => desk.records.end(taskId, 'canceled'));
    await turn.put(step.sale);
    await turn.fail(refusalOf(found.accept, verdict));
    return undefined;
  }
  const verified = verdict.sale;
  const step = advanceSale(open, { type: 'verified', sale: verified });
  const { sale = open } = step;
  // For `reconcile`, where this process dies.
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
  /** Whether it has to be let go where it is no good. */
  mayBeBound: boolean;
  /** What `reconcile` gives back, while nobody has said that it is locked. */
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
    // Where it cannot be written down, nothing is to be locked.
    await desk.records.put(taskId, locking);
  };
  const ask = async (): Promise<Verification['verdict']> => {
    if ((await desk.records.ended(taskId)) !== undefined) return 'canceled';
    // Whoever worked now would work for nothing: its payer may have it back.
    if (before?.captureBy !== undefined && Date.parse(before.captureBy) <= Date.now()) {
      return 'canceled';
    }
    // Before it is verified: of two machines that verify it at once, both would find it good.
    if (before === undefined) {
      // Who gets no answer does not know that it is not.
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

/** A task does not get cheaper as it goes on: what was made for the first payment would be shown for less. */
function isLess({ amount, currency }: Sale, waiting: OpenSale | undefined): boolean {
  if (waiting?.amount === undefined || waiting.artifacts.length === 0) return false;
  return currency !== waiting.currency || compareAmounts(amount, waiting.amount) < 0;
}

function describeVerdict(verdict: PaymentVerdict) {
  return { 'sale.verdict': verdict.verified ? 'verified' : verdict.reason };
}

const alreadyUsed = {
  reason: 'already-used',
  message: 'The payment pays for another task already.',
};
const tooLittle = {
  reason: 'too-little',
  message: 'The task was begun with a payment of more, or of another currency.',
};
export const unverifiable = {
  reason: 'unverifiable',
  message: 'The payment could not be verified.',
};
