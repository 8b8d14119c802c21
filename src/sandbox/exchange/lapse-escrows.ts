import { payAll, returnAll, returnStake } from './close-escrow';
import type { Ledger } from './ledger';
import type { Escrow } from './ledger-types';

/**
 * Settles what time has settled: a hold past its TTL goes back to the requester; a dispute whose
 * evidence window closed goes against the party that said nothing, and its stake back to who filed it.
 *
 * Runs before every operation, and stays done whatever becomes of that operation.
 */
export function lapseEscrows(ledger: Ledger): void {
  const now = ledger.now().getTime();
  if (now <= ledger.nextDeadline) return;

  ledger.nextDeadline = Number.POSITIVE_INFINITY;
  for (const escrow of ledger.open) {
    const deadline = deadlineOf(escrow);
    if (deadline < now) {
      lapse(ledger, escrow);
    } else {
      ledger.nextDeadline = Math.min(ledger.nextDeadline, deadline);
    }
  }
}

function lapse(ledger: Ledger, escrow: Escrow): void {
  const { dispute } = escrow;
  if (dispute === null) {
    returnAll(ledger, escrow, 'expired', 'Auto-expired: TTL exceeded');
  } else if (dispute.filedBy === escrow.requesterId) {
    const description = 'Default judgment: provider failed to submit evidence';
    returnAll(ledger, escrow, 'refunded', description);
  } else {
    payAll(ledger, escrow, 'Default judgment: requester failed to submit evidence');
  }
  returnStake(ledger, escrow);
}

function deadlineOf({ dispute, expiresAt }: Escrow): number {
  return (dispute?.windowClosesAt ?? expiresAt).getTime();
}
