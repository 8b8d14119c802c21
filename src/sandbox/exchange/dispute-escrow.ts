import { ExchangeError } from './exchange-error';
import { lapseEscrows } from './lapse-escrows';
import type { Ledger } from './ledger';
import type { Account, Dispute, Escrow } from './ledger-types';

/** The minimum stake of a dispute in tokens. */
const MIN_STAKE = 10;
const EVIDENCE_WINDOW_HOURS = 72;

/** Locks a hold against the requester until its evidence window closes. */
export function disputeEscrow(
  ledger: Ledger,
  caller: Account,
  escrowId: string,
  { reason, stake }: { reason: string; stake: number },
): { escrow: Escrow; dispute: Dispute } {
  if (stake < MIN_STAKE) {
    throw new ExchangeError(400, `Dispute stake must be at least ${MIN_STAKE} ATE`);
  }
  lapseEscrows(ledger);

  const escrow = ledger.escrow(escrowId);
  if (caller.id !== escrow.requesterId && caller.id !== escrow.providerId) {
    throw new ExchangeError(403, 'Only the requester or provider can dispute an escrow');
  }
  if (escrow.status !== 'held') {
    throw new ExchangeError(400, `Escrow cannot be disputed (status: ${escrow.status})`);
  }
  if (caller.available < stake) {
    throw new ExchangeError(400, 'Insufficient balance for dispute stake');
  }

  const windowClosesAt = new Date(ledger.now().getTime() + EVIDENCE_WINDOW_HOURS * 3_600_000);
  const dispute: Dispute = {
    reason,
    filedBy: caller.id,
    stake,
    stakeStatus: 'held',
    windowClosesAt,
  };
  ledger.hold(caller, stake, {
    escrowId,
    type: 'dispute_stake_hold',
    description: 'Dispute stake held pending resolution',
  });
  escrow.status = 'evidence_pending';
  escrow.dispute = dispute;
  ledger.nextDeadline = Math.min(ledger.nextDeadline, windowClosesAt.getTime());
  return { escrow, dispute };
}
