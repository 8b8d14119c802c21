import type { SettlementRecord } from 'ai-sdk-a2a-settlement/stores';
import { readDollars } from './dollars';
import { type HoldStory, isOpen, readHolds } from './hold-story';
import { credits, exchange } from './rails';
import { receipts } from './settlement';
import { sumOf } from './sum-of';
import type { Balance, Wallet } from './wallet';

const DAY_MS = 86_400_000;

/** Reads balances from the ledgers, and the holds of a user from the receipt store. */
export async function readWallet(user: string): Promise<Wallet> {
  const from = new Date(Date.now() - DAY_MS);
  const records: SettlementRecord[] = [];
  for await (const record of receipts.list({ from })) records.push(record);
  const all = readHolds(records);
  const balances = await Promise.all([
    balanceOf(
      'a2a-se',
      'ATE',
      all,
      exchange.balance?.().then(([first]) => first?.amount),
    ),
    balanceOf('x402', 'USDC', all, readDollars()),
    balanceOf(
      'nevermined',
      'credits',
      all,
      credits.balance().then(([first]) => first?.amount),
    ),
  ]);
  const own = records.filter(({ labels }) => labels?.user === user);
  return { balances: balances.flatMap((balance) => balance ?? []), holds: readHolds(own) };
}

/** Undefined for a ledger that is not configured, or cannot be reached now. */
async function balanceOf(
  rail: string,
  currency: string,
  holds: HoldStory[],
  read: Promise<number | string | undefined> | undefined,
): Promise<Balance | undefined> {
  const available = await Promise.resolve(read).catch(() => undefined);
  if (available === undefined) return undefined;
  const open = holds.filter((hold) => hold.currency === currency && isOpen(hold));
  const held = sumOf(open.flatMap(({ amount, fee }) => [amount, fee]));
  return { rail, currency, available: String(available), held };
}
