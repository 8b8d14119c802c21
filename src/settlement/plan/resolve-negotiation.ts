import type { Negotiation } from './negotiate';
import type { PriceQuery, PriceSources } from './price';
import { choosePrice, invalidPrice, settingOf } from './resolve-price';

/**
 * How the price is agreed on, where it is negotiable and somebody negotiates.
 *
 * @throws SettlementError `INVALID_AMOUNT` when no ceiling is set, or one that makes no sense.
 */
export function resolveNegotiation(
  query: PriceQuery,
  sources: PriceSources,
): Negotiation | undefined {
  const { agent, skill, terms } = query;
  const { limitPerCall, maxAmount = Number.MAX_SAFE_INTEGER } = sources;
  const negotiate = sources.own.negotiate ?? sources.common.negotiate;
  const { price } = choosePrice(query, sources);
  if (negotiate === undefined || typeof price !== 'object' || price.model !== 'negotiable') {
    return undefined;
  }
  const ceilings = [settingOf('maxTokensPerCall', agent, sources), limitPerCall]
    .filter((ceiling) => ceiling !== undefined)
    .filter(Number.isFinite);
  if (ceilings.length === 0) {
    throw invalidPrice(
      agent,
      'its price is negotiable, and neither maxTokensPerCall nor limits.perCall says the most it may be',
    );
  }
  return {
    agent,
    skill,
    currency: typeof terms?.currency === 'object' ? terms.currency.code : terms?.currency,
    negotiate,
    ceiling: Math.floor(Math.min(...ceilings, maxAmount)),
    maxAmount,
  };
}
