import { payAll, returnAll, returnStake } from './close-escrow';
import type { Ledger } from './ledger';
import type { Escrow } from './ledger-types';

/**
 * Settles expired escrows, as far as the exchange's sweep has come: a hold past its TTL is refunded to the
 * requester; a dispute whose evidence window closed is decided against the silent party, and its stake returned
 * to the account that filed it.
 *
 * Runs before every request, and is not rolled back if that request fails.
 */
export function lapseEscrows(ledger: Ledger): void {
  sweep(ledger, ledger.now().getTime() - ledger.sweepAfterMs);
}

/**
 * Runs an operation that sweeps first. If the sweep is delayed, it is part of the operation's transaction, and
 * rolled back if the operation fails, as on the reference exchange.
 */
export function withSweep<RESULT>(ledger: Ledger, operate: () => RESULT): RESULT {
  lapseEscrows(ledger);
  const undo = sweep(ledger, ledger.now().getTime());
  try {
    return operate();
  } catch (error) {
    undo();
    throw error;
  }
}

/** @returns a function that rolls it back. */
function sweep(ledger: Ledger, until: number): () => void {
  if (until <= ledger.nextDeadline) return () => {};
  const lapsed = [...ledger.open].filter((escrow) => deadlineOf(escrow) < until);
  const undo = ledger.checkpoint(lapsed);
  for (const escrow of lapsed) lapse(ledger, escrow);
  ledger.nextDeadline = [...ledger.open].reduce(
    (next, escrow) => Math.min(next, deadlineOf(escrow)),
    Number.POSITIVE_INFINITY,
  );
  return undo;
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
