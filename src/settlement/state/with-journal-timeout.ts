import { waitAtMost } from '../../internal/with-timeout';

/** Milliseconds for which a payment waits for its journal. */
const patienceMs = 1000;

/**
 * Undefined if the journal fails or times out: it must not prevent a payment from being made or settled. What
 * the journal does not store can be found on the ledger.
 */
export async function withJournalTimeout<T>(asking: Promise<T>): Promise<T | undefined> {
  return waitAtMost(asking, patienceMs).catch(() => undefined);
}
