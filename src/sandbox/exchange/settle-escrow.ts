import { closeEscrow, payAll, returnAll } from './close-escrow';
import { ExchangeError } from './exchange-error';
import type { Ledger } from './ledger';
import type { Account, Escrow } from './ledger-types';

/** The weight of one outcome in a provider's reputation. */
const REPUTATION_WEIGHT = 0.1;

/** Pays the provider: a whole hold, or the holdback of a partial release. */
export function releaseEscrow(
  ledger: Ledger,
  caller: Account,
  escrowId: string,
): { escrow: Escrow; paid: number; fee: number } {
  const escrow = ownEscrow(ledger, caller, escrowId, 'Only the requester can release an escrow');
  assertSettleable(escrow);

  if (escrow.status === 'partially_released') {
    const { amount, fee } = takeHoldback(escrow);
    ledger.pay(caller, ledger.account(escrow.providerId), {
      escrowId,
      amount,
      fee,
      type: 'escrow_holdback_release',
      description: 'Holdback released - efficacy approved',
      feeDescription: 'Platform transaction fee (holdback)',
    });
    closeEscrow(ledger, escrow, 'released');
    rate(ledger, escrow, 1, REPUTATION_WEIGHT);
    return { escrow, paid: amount, fee };
  }

  assertUpstreamsReleased(ledger, escrow);
  payAll(ledger, escrow, 'Task completed - payment released');
  rate(ledger, escrow, 1, REPUTATION_WEIGHT);
  return { escrow, paid: escrow.amount, fee: escrow.fee };
}

/** Refunds a hold and all holds that depend on it, or the holdback of a partial release. */
export function refundEscrow(
  ledger: Ledger,
  caller: Account,
  escrowId: string,
  reason: string | null,
): { escrow: Escrow; returned: number } {
  const escrow = ownEscrow(ledger, caller, escrowId, 'Only the requester can refund an escrow');
  assertSettleable(escrow);

  if (escrow.delivery !== null) rate(ledger, escrow, 0, REPUTATION_WEIGHT);

  if (escrow.status === 'partially_released') {
    const { amount, fee } = takeHoldback(escrow);
    ledger.giveBack(caller, amount + fee, {
      escrowId,
      type: 'escrow_holdback_refund',
      description: reason || 'Holdback refunded - efficacy not met',
    });
    closeEscrow(ledger, escrow, 'released');
    return { escrow, returned: amount + fee };
  }

  returnAll(ledger, escrow, 'refunded', reason || 'Task failed or cancelled');
  refundDependents(ledger, escrow);
  return { escrow, returned: escrow.amount + escrow.fee };
}

export interface PartialReleaseTerms {
  /** 1 to 99. */
  percent: number;
  score: number | null;
  /** With a date the rest stays held until it is released or refunded; without, it is refunded at once. */
  efficacyCheckAt: Date | null;
  efficacyCriteria: string | null;
}

/** Pays a percentage of a hold, amount and fee both rounded down. */
export function partiallyReleaseEscrow(
  ledger: Ledger,
  caller: Account,
  escrowId: string,
  { percent, score, efficacyCheckAt, efficacyCriteria }: PartialReleaseTerms,
): Escrow {
  const escrow = ownEscrow(ledger, caller, escrowId, 'Only the requester can partially release');
  if (escrow.status !== 'held') {
    throw new ExchangeError(400, `Escrow cannot be partially released (status: ${escrow.status})`);
  }

  const amount = Math.floor((escrow.amount * percent) / 100);
  const fee = Math.floor((escrow.fee * percent) / 100);
  const holdbackAmount = escrow.amount - amount;
  const holdbackFee = escrow.fee - fee;
  escrow.partial = {
    releasedAmount: amount,
    releasedFee: fee,
    holdbackAmount,
    holdbackFee,
    score,
    efficacyCheckAt,
    efficacyCriteria: efficacyCheckAt === null ? null : efficacyCriteria,
  };
  ledger.pay(caller, ledger.account(escrow.providerId), {
    escrowId,
    amount,
    fee,
    type: 'escrow_partial_release',
    description: `Partial release (${percent}%) - score ${score || 'n/a'}`,
    feeDescription: `Partial release fee (${percent}%)`,
  });

  if (efficacyCheckAt === null) {
    ledger.giveBack(caller, holdbackAmount + holdbackFee, {
      escrowId,
      type: 'escrow_holdback_refund',
      description: `Holdback refunded (${100 - percent}%) - no efficacy review`,
    });
    closeEscrow(ledger, escrow, 'released');
  } else {
    // A holdback has no deadline: only the requester settles it.
    escrow.status = 'partially_released';
    ledger.open.delete(escrow);
  }
  rate(ledger, escrow, 1, (percent / 100) * REPUTATION_WEIGHT);
  return escrow;
}

function refundDependents(ledger: Ledger, upstream: Escrow): void {
  for (const escrow of ledger.dependentsOf(upstream.id)) {
    if (escrow.status !== 'held') continue;
    const description = `Auto-refunded: upstream escrow ${upstream.id} was refunded`;
    returnAll(ledger, escrow, 'refunded', description);
    refundDependents(ledger, escrow);
  }
}

function takeHoldback(escrow: Escrow): { amount: number; fee: number } {
  const { partial } = escrow;
  if (partial === null) return { amount: 0, fee: 0 };
  escrow.partial = { ...partial, holdbackAmount: 0, holdbackFee: 0 };
  return { amount: partial.holdbackAmount, fee: partial.holdbackFee };
}

function ownEscrow(ledger: Ledger, caller: Account, escrowId: string, refusal: string): Escrow {
  const escrow = ledger.escrow(escrowId);
  if (escrow.requesterId !== caller.id) throw new ExchangeError(403, refusal);
  return escrow;
}

function assertSettleable({ status }: Escrow): void {
  if (status !== 'held' && status !== 'partially_released') {
    throw new ExchangeError(400, `Escrow is already ${status}`);
  }
}

function assertUpstreamsReleased(ledger: Ledger, { dependsOn }: Escrow): void {
  const waiting = [...new Set(dependsOn)].filter((id) => {
    const upstream = ledger.escrows.get(id);
    return upstream !== undefined && upstream.status !== 'released';
  });
  if (waiting.length > 0) {
    const ids = waiting.map((id) => `'${id}'`).join(', ');
    throw new ExchangeError(400, `Cannot release: upstream escrows not yet released: [${ids}]`);
  }
}

function rate(ledger: Ledger, { providerId }: Escrow, outcome: 0 | 1, weight: number): void {
  const provider = ledger.account(providerId);
  provider.reputation = Math.min(1, provider.reputation * (1 - weight) + outcome * weight);
}
