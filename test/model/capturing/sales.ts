import type { Model } from '../prove';
import { knownMarkets } from './known-markets';
import { describeMarket, markets, type Market } from './sale';
import { playMarket } from './sales.model';

/** Agents who capture, by x402 and by credits. */
export const sales: Model<Market> = {
  promise: 'every payment has one end, which its ledger agrees to',
  schedules: markets,
  known: knownMarkets,
  play: playMarket,
  describe: describeMarket,
};
