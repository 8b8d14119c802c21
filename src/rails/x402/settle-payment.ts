import { fromAtomic } from '../../internal/decimal';
import { type Pending, type Proof, type Settled, SettlementError } from '../rail';
import type { PaymentFate } from './payment-fate';
import type { AgentReceipt } from './payment-receipts';
import type { PaymentState } from './payment-state';

/** The evidence about a payment when its task is over. */
export interface PaymentEvidence {
  state: PaymentState;
  /** The payment's state on the chain. Undefined without a ledger. */
  fate: PaymentFate | undefined;
  /** The agent's report. */
  receipt: AgentReceipt | undefined;
  /** Whether the agent's last status is known. */
  isAnswered: boolean;
  now: number;
}

/** The outcome of a payment for delivered work. */
export function settleDelivered(evidence: PaymentEvidence): Settled | Pending {
  const { fate, receipt, state } = evidence;
  if (fate?.type === 'taken') return paid(state, fate.amount, proofOf(state, fate, 'ledger'));
  if (fate?.type === 'canceled') return back(evidence, fate);
  if (fate?.type === 'unused') return fate.isOver ? { status: 'late' } : pending(evidence);
  if (receipt !== undefined) {
    if (mayTakeMore(evidence, receipt)) return pending(evidence);
    return paid(state, receipt.amount, proofOf(state, receipt, 'agent'));
  }
  // The agent has received the requested payment. Over HTTP its receipt is in a response header, which is not
  // passed on.
  const isPresumed = state.via === 'http' || isSurelyOver(evidence);
  return isPresumed ? paid(state, BigInt(state.amount), undefined) : pending(evidence);
}

/**
 * The outcome of a payment that should be refunded.
 *
 * @throws SettlementError `NOT_CONFIGURED` if it has expired, and neither chain nor agent reports the outcome.
 */
export function settleReturned(evidence: PaymentEvidence): Settled | Pending {
  const { fate, receipt, state } = evidence;
  if (fate?.type === 'taken') return taken(state, fate.amount, proofOf(state, fate, 'ledger'));
  if (fate?.type === 'canceled') return back(evidence, fate);
  if (fate?.type === 'unused') return fate.isOver ? back(evidence) : pending(evidence);
  if (receipt !== undefined) {
    if (mayTakeMore(evidence, receipt)) return pending(evidence);
    return taken(state, receipt.amount, proofOf(state, receipt, 'agent'));
  }
  if (!isSurelyOver(evidence)) return pending(evidence);
  if (evidence.isAnswered && state.via === 'message') return back(evidence);
  throw new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `It is not known whether payment ${state.nonce} on ${state.network} was captured: the agent does not report it, and there is no \`ledger\`. Configure a \`ledger\` of \`x402\`, then reconcile.`,
    escrowId: state.nonce,
  });
}

/**
 * The agent reported a partial capture. As long as it can capture the whole amount, the whole amount counts.
 */
function mayTakeMore(evidence: PaymentEvidence, { amount }: AgentReceipt): boolean {
  return amount < BigInt(evidence.state.amount) && !isSurelyOver(evidence);
}

/** Without a ledger: by a clock that may be ahead of the chain's. */
function isSurelyOver({ now, state }: PaymentEvidence): boolean {
  return now >= (state.validBefore + CLOCK_SKEW_SECONDS) * 1000;
}

const CLOCK_SKEW_SECONDS = 900;

function paid(state: PaymentState, amount: bigint, proof: Proof[] | undefined): Settled {
  const { decimals } = state;
  const parts = { amount: fromAtomic(amount, decimals), fee: fromAtomic(0n, decimals) };
  const returned = BigInt(state.amount) - amount;
  const shown = proof === undefined ? {} : { proof };
  return returned > 0n
    ? { status: 'partially-released', ...parts, returned: fromAtomic(returned, decimals), ...shown }
    : { status: 'released', ...parts, ...shown };
}

function taken({ decimals }: PaymentState, amount: bigint, proof: Proof[]): Settled {
  return {
    status: 'taken',
    amount: fromAtomic(amount, decimals),
    fee: fromAtomic(0n, decimals),
    proof,
  };
}

function back(
  { state }: PaymentEvidence,
  { transaction }: { transaction?: string | undefined } = {},
): Settled {
  return {
    status: 'refunded',
    returned: fromAtomic(BigInt(state.amount), state.decimals),
    ...(transaction !== undefined && { proof: proofOf(state, { transaction }, 'ledger') }),
  };
}

function pending({ state, now }: PaymentEvidence): Pending {
  // The chain's clock may be behind: then it is queried again, after a delay.
  return { status: 'pending', until: new Date(Math.max(state.validBefore * 1000, now + 15_000)) };
}

function proofOf(
  { network }: PaymentState,
  { transaction }: { transaction: string },
  confirmedBy: Proof['confirmedBy'],
): Proof[] {
  return [{ transaction, network, confirmedBy }];
}

export function noLedger({ network, nonce }: PaymentState): SettlementError {
  return new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `Payment ${nonce} is on ${network}, which the \`ledger\` of \`x402\` does not read.`,
    escrowId: nonce,
  });
}
