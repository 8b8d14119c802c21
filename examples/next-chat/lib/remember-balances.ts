import type { BalanceReport } from 'ai-sdk-a2a-settlement';

const MOST_MS = 5000;

/**
 * Asks the ledgers again when something has happened to a hold, else every five seconds. Every open
 * page asks often, and an exchange that limits the rate of requests would refuse the rest.
 *
 * @param ask asks the ledgers.
 */
export function rememberBalances(ask: () => Promise<BalanceReport>) {
  let known: { at: number; records: number; answer: Promise<BalanceReport> } | undefined;

  /** @param records how many records of holds there are. */
  return (records: number): Promise<BalanceReport> => {
    const now = Date.now();
    if (known === undefined || known.records !== records || now - known.at >= MOST_MS) {
      known = { at: now, records, answer: ask() };
    }
    return known.answer;
  };
}
