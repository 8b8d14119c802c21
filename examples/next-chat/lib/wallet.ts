import type { HoldStory } from './hold-story';

/** What the wallet shows of one currency. Decimal strings. */
export interface Balance {
  rail: string;
  currency: string;
  available: string;
  held: string;
}

/** The answer of `/api/wallet`. */
export interface Wallet {
  balances: Balance[];
  /** The latest first. */
  holds: HoldStory[];
}
