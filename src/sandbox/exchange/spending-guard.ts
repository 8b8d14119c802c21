import { ExchangeError } from './exchange-error';
import type { Ledger } from './ledger';
import type { Account } from './ledger-types';

const WINDOW_HOURS = 24;
const FREEZE_MINUTES = 30;

/**
 * Enforces an account's daily spend limit. Refunds do not restore the allowance. Exceeding the limit freezes
 * the account for new holds, and for nothing else.
 */
export function assertMaySpend(ledger: Ledger, account: Account, amount: number): void {
  const now = ledger.now();
  if (account.frozenUntil !== null && account.frozenUntil > now) {
    const until = account.frozenUntil.toISOString();
    throw new ExchangeError(
      423,
      `Account is temporarily frozen until ${until}. Spending limit was exceeded.`,
    );
  }
  account.frozenUntil = null;

  const limit = account.dailySpendLimit;
  if (limit === null || limit <= 0) return;

  const spent = heldSince(account, now.getTime() - WINDOW_HOURS * 3_600_000);
  if (spent + amount <= limit) return;

  account.frozenUntil = new Date(now.getTime() + FREEZE_MINUTES * 60_000);
  throw new ExchangeError(
    400,
    `Daily spend limit exceeded. Limit: ${limit}, spent in last ${WINDOW_HOURS}h: ${spent}, ` +
      `requested: ${amount}. Account frozen for ${FREEZE_MINUTES} minutes.`,
  );
}

function heldSince(account: Account, since: number): number {
  let sum = 0;
  for (const { type, from, amount, createdAt } of account.transactions) {
    if (type === 'escrow_hold' && from === account.id && createdAt.getTime() >= since) {
      sum += amount;
    }
  }
  return sum;
}
