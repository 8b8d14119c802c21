import type { Hono } from 'hono';
import type { Gate } from './gate';
import type { Ledger } from './ledger';
import type { Account, AccountDetails } from './ledger-types';
import type { ExchangeEnv } from './request-id';

/** The dependencies of the routes. */
export interface RouteParts {
  routes: Hono<ExchangeEnv>;
  gate: Gate;
  ledger: Ledger;
  /** Opens an account with the exchange's initial tokens, and generates its key. */
  openAccount(details: AccountDetails): OpenedAccount;
}

export interface OpenedAccount {
  account: Account;
  apiKey: string;
  starterTokens: number;
}

/** The newest `limit` items after the newest `offset`; a negative limit means all. */
export function page<T>(newestFirst: T[], { limit, offset }: { limit: number; offset: number }) {
  const start = Math.max(offset, 0);
  return newestFirst.slice(start, limit < 0 ? undefined : start + limit);
}
