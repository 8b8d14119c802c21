import type { Ledger } from './ledger';
import type { Escrow, EscrowStatus } from './ledger-types';

/** Pays a whole hold to its provider and closes it. */
export function payAll(ledger: Ledger, escrow: Escrow, description: string): void {
  ledger.pay(ledger.account(escrow.requesterId), ledger.account(escrow.providerId), {
    escrowId: escrow.id,
    amount: escrow.amount,
    fee: escrow.fee,
    type: 'escrow_release',
    description,
    feeDescription: 'Platform transaction fee',
  });
  closeEscrow(ledger, escrow, 'released');
}

/** Refunds a whole hold, including the fee, to its requester and closes it. */
export function returnAll(
  ledger: Ledger,
  escrow: Escrow,
  status: EscrowStatus,
  description: string,
): void {
  ledger.giveBack(ledger.account(escrow.requesterId), escrow.amount + escrow.fee, {
    escrowId: escrow.id,
    type: 'escrow_refund',
    description,
  });
  closeEscrow(ledger, escrow, status);
}

/** Returns the stake of a settled dispute to the account that filed it. */
export function returnStake(ledger: Ledger, { id, dispute }: Escrow): void {
  if (dispute === null) return;
  ledger.giveBack(ledger.account(dispute.filedBy), dispute.stake, {
    escrowId: id,
    type: 'dispute_stake_return',
    description: 'Dispute stake returned',
  });
  dispute.stakeStatus = 'returned';
}

/** Closes an escrow whose tokens have been moved. */
export function closeEscrow(ledger: Ledger, escrow: Escrow, status: EscrowStatus): void {
  escrow.status = status;
  escrow.resolvedAt = ledger.now();
  ledger.open.delete(escrow);
}
