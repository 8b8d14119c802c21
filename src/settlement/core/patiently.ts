import { within } from './within';

/** Milliseconds for which a payment waits for its journal. */
const patienceMs = 1000;

/** A journal that fails, or never answers, must not keep a payment from being settled. */
export async function patiently(writing: Promise<void>): Promise<void> {
  // What the journal does not remember, the ledger does.
  await within(writing, patienceMs).catch(() => {});
}
