import type { SettlementRecord } from 'ai-sdk-a2a-settlement/stores';
import { type HoldStory, isOpen, readHolds } from './hold-story';
import { rememberBalances } from './remember-balances';
import { receipts, settlement } from './settlement';
import { sumOf } from './sum-of';
import type { Wallet } from './wallet';

const DAY_MS = 86_400_000;

const balancesAfter = rememberBalances(() => settlement.balance());

/** Reads balances from the ledgers, and the holds of a user from the receipt store. */
export async function readWallet(user: string): Promise<Wallet> {
  const records: SettlementRecord[] = [];
  const from = new Date(Date.now() - DAY_MS);
  for await (const record of receipts.list({ from })) records.push(record);
  const all = readHolds(records);

  // A ledger that cannot be reached now is left out.
  const { balances } = await balancesAfter(records.length);
  return {
    balances: balances.map(({ rail, currency, available, held }) => ({
      rail,
      currency,
      available: String(available),
      held: held === undefined ? authorized(currency, all) : String(held),
    })),
    holds: readHolds(records.filter(({ labels }) => labels?.user === user)),
  };
}

/** On rails where the agent takes the money nothing is set aside: what agents may still take. */
function authorized(currency: string, holds: HoldStory[]): string {
  const open = holds.filter((hold) => hold.currency === currency && isOpen(hold));
  return sumOf(open.map(({ amount }) => amount));
}
