import { within } from '../../internal/within';

/** Milliseconds for which a payment waits for its journal. */
const patienceMs = 1000;

/**
 * Undefined from a journal that fails, or never answers: it must not keep a payment from being made or
 * settled. What the journal does not remember, the ledger does.
 */
export async function patiently<T>(asking: Promise<T>): Promise<T | undefined> {
  return within(asking, patienceMs).catch(() => undefined);
}
