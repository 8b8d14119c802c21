import { waitAtMost } from '../../internal/with-timeout';

/** Milliseconds for which a payment waits for its journal. */
const patienceMs = 1000;

/**
 * Undefined from a journal that fails, or never answers: it must not keep a payment from being made or
 * settled. What the journal does not remember, the ledger does.
 */
export async function withJournalTimeout<T>(asking: Promise<T>): Promise<T | undefined> {
  return waitAtMost(asking, patienceMs).catch(() => undefined);
}
