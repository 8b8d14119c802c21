import { fromAtomic } from '../../internal/decimal';
import { type Pending, type Proof, type Settled, SettlementError } from '../rail';
import { awaitChain } from './await-chain';
import { consentToCapture, consentToVoid } from './escrow-consent';
import type { EscrowFate } from './escrow-fate';
import type { EscrowNotes } from './escrow-notes';
import type { PaymentState } from './payment-state';
import type { RelayLifecycle } from './escrow-relay';
import type { TypedDataSigner } from './x402-payer';

/** One escrowed payment, and the operations on it. */
export interface EscrowPayment {
  state: PaymentState;
  escrow: EscrowNotes;
  read(): Promise<EscrowFate>;
  /**
   * The dependencies of the payer's consent. Called if there is an amount to move. Throws if they are not
   * configured.
   */
  consenting: () => { account: TypedDataSigner; relay: RelayLifecycle };
  /** Voids the payment on the chain before it is collected. Undefined if it is not configured. */
  cancel: (() => Promise<unknown>) | undefined;
  /** Undefined if it is not configured. */
  reclaim: (() => Promise<unknown>) | undefined;
  abortSignal: AbortSignal | undefined;
}

type Collected = Extract<EscrowFate, { type: 'collected' }>;

/**
 * Captures `wanted` of the payment and refunds the rest, as far as the payer decides, and returns the outcome.
 * An earlier capture is not repeated.
 *
 * @throws SettlementError if the relay, or `reclaim`, fails.
 */
export async function releaseEscrow(
  payment: EscrowPayment,
  { fate: seen, wanted }: { fate: EscrowFate; wanted: bigint },
): Promise<Settled | Pending> {
  const fate = await empty(payment, seen, wanted);
  if (fate.type === 'unused') return fate.isOver ? { status: 'late' } : uncollected(payment);
  if (fate.type === 'canceled') return back(payment, fate.transaction);
  if (fate.held > 0n) return capturable(payment);
  if (fate.paid > 0n) return paid(payment, fate);
  return fate.isPast ? { status: 'late' } : back(payment, ...fate.transactions);
}

/** Refunds the payment as far as the payer decides, and returns the outcome. */
export async function refundEscrow(
  payment: EscrowPayment,
  { fate: seen }: { fate: EscrowFate },
): Promise<Settled | Pending> {
  const canceled = seen.type === 'unused' && !seen.isOver && payment.cancel !== undefined;
  if (canceled) await payment.cancel?.().catch(() => undefined);
  const fate = await empty(payment, canceled ? await payment.read() : seen, 0n);
  if (fate.type === 'unused') return fate.isOver ? back(payment) : uncollected(payment);
  if (fate.type === 'canceled') return back(payment, fate.transaction);
  if (fate.held > 0n) return capturable(payment);
  if (fate.paid === 0n) return back(payment, ...fate.transactions);
  const settled = paid(payment, fate);
  if (payment.escrow.consent === undefined) return taken(payment, fate);
  // With the payer's own consent, in another process.
  throw new SettlementError({
    code: 'ALREADY_SETTLED',
    message: `Payment ${payment.escrow.hash} should be refunded, but is already ${settled.status}.`,
    escrowId: payment.escrow.hash,
    state: settled.status,
  });
}

/** The outcome of a payment without further operations. Undefined as long as it is open. */
export function settledEscrow(
  payment: Pick<EscrowPayment, 'state' | 'escrow'>,
  fate: EscrowFate,
): Settled | undefined {
  if (fate.type === 'canceled') return back(payment, fate.transaction);
  if (fate.type === 'unused' || fate.held > 0n) return undefined;
  return fate.paid > 0n ? paid(payment, fate) : back(payment, ...fate.transactions);
}

/** Moves the escrowed amount, if the payer can. */
async function empty(
  payment: EscrowPayment,
  seen: EscrowFate,
  wanted: bigint,
): Promise<EscrowFate> {
  let fate = seen;
  try {
    // A partial capture is one step, and the refund of the rest may be another.
    for (let step = 0; step < 2 && isHeld(fate); step++) {
      fate = await consent(payment, fate, wanted);
    }
  } catch (error) {
    payment.abortSignal?.throwIfAborted();
    if (!isHeld(fate) || !fate.isPast) throw error;
  }
  return isHeld(fate) && fate.isPast ? takeBack(payment, fate) : fate;
}

function isHeld(fate: EscrowFate): fate is Collected {
  return fate.type === 'collected' && fate.held > 0n;
}

/** Signs one consent and sends it to the chain. A relay that times out may have succeeded. */
async function consent(
  payment: EscrowPayment,
  fate: Collected,
  wanted: bigint,
): Promise<EscrowFate> {
  const { abortSignal, escrow, state } = payment;
  const { consent: shown } = escrow;
  if (shown === undefined) return fate;
  const { account, relay } = payment.consenting();
  const { held, paid: before } = fate;
  const consented = { state, escrow, consent: shown };
  const isCapture = wanted > 0n && before === 0n && !fate.isPast;
  const amount = wanted < held ? wanted : held;
  const request = isCapture
    ? await consentToCapture(account, consented, { amount, held, paid: before })
    : await consentToVoid(account, consented);
  let failure: unknown;
  try {
    await relay(request, { abortSignal });
  } catch (error) {
    abortSignal?.throwIfAborted();
    failure = error;
  }
  return moved(payment, held, failure ?? notMoved(payment));
}

/** From now on only the payer can move the amount. */
async function takeBack(payment: EscrowPayment, fate: Collected): Promise<EscrowFate> {
  if (payment.reclaim === undefined) throw notReclaimed(payment, fate);
  await payment.reclaim().catch(() => undefined);
  return moved(payment, fate.held, notReclaimed(payment, fate));
}

/** @throws `failure` if nothing was moved. */
async function moved(
  { abortSignal, read }: EscrowPayment,
  held: bigint,
  failure: unknown,
): Promise<EscrowFate> {
  const isMoved = (fate: EscrowFate) => fate.type !== 'collected' || fate.held !== held;
  const fate = await awaitChain(read, isMoved, { abortSignal });
  if (isMoved(fate)) return fate;
  throw failure;
}

type Facts = Pick<EscrowPayment, 'state' | 'escrow'>;

function paid({ state }: Facts, fate: Collected): Settled {
  const { decimals } = state;
  const returned = BigInt(state.amount) - fate.paid;
  const parts = {
    amount: fromAtomic(fate.paid, decimals),
    fee: fromAtomic(0n, decimals),
    ...proofOf(state, fate.transactions),
  };
  return returned > 0n
    ? { status: 'partially-released', ...parts, returned: fromAtomic(returned, decimals) }
    : { status: 'released', ...parts };
}

function taken({ state }: Facts, fate: Collected): Settled {
  const { decimals } = state;
  return {
    status: 'taken',
    amount: fromAtomic(fate.paid, decimals),
    fee: fromAtomic(0n, decimals),
    ...proofOf(state, fate.transactions),
  };
}

function back({ state }: Facts, ...transactions: (string | undefined)[]): Settled {
  const returned = fromAtomic(BigInt(state.amount), state.decimals);
  return { status: 'refunded', returned, ...proofOf(state, transactions) };
}

function proofOf({ network }: PaymentState, transactions: (string | undefined)[]) {
  const proof = transactions.flatMap((transaction): Proof[] =>
    transaction === undefined ? [] : [{ transaction, network, confirmedBy: 'ledger' }],
  );
  return proof.length === 0 ? {} : { proof };
}

/** Signed, and not collected yet. */
function uncollected({ state }: Facts): Pending {
  return pendingUntil(state.validBefore);
}

/** Collected: the seller can capture or void it. */
function capturable({ escrow }: Facts): Pending {
  return pendingUntil(escrow.info.authorizationExpiry);
}

function pendingUntil(seconds: number): Pending {
  // The chain's clock may be behind: then it is queried again, after a delay.
  return { status: 'pending', until: new Date(Math.max(seconds * 1000, Date.now() + 15_000)) };
}

function notMoved({ escrow }: EscrowPayment): SettlementError {
  return new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message: `The relay of \`x402\` reported that payment ${escrow.hash} was moved, but the chain does not show it.`,
    isRetryable: true,
    escrowId: escrow.hash,
  });
}

function notReclaimed({ escrow, reclaim, state }: EscrowPayment, fate: Collected): SettlementError {
  const held = fromAtomic(fate.held, state.decimals);
  const what =
    reclaim === undefined
      ? 'Set `authCapture.reclaim` of `x402`, or call `reclaim` of the escrow yourself, then reconcile'
      : 'The `authCapture.reclaim` of `x402` did not reclaim them';
  return new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `Payment ${escrow.hash} is past its capture deadline with ${held} in the escrow ${escrow.address} on ${state.network}. Only the payer can reclaim them. ${what}.`,
    escrowId: escrow.hash,
  });
}
