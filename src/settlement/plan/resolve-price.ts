import { SettlementError, type SkillTerms } from '../../rails/rail';
import type { Metering, UseMetering } from '../state/journal-entry';
import type { Negotiation } from './negotiate';
import type { Price, PriceQuery, PriceSources, PriceTerms } from './price';

export interface ResolvedPrice {
  /** Whole tokens to hold. */
  amount: number;
  metering?: Metering;
  /** The skill whose price is held because the call names no skill that has a price. */
  dearestSkill?: string;
}

/** @throws SettlementError `INVALID_AMOUNT` naming the setting, or `LIMIT_EXCEEDED`. */
export async function resolvePrice(
  query: PriceQuery,
  sources: PriceSources,
): Promise<ResolvedPrice> {
  const { prices } = choosePrice(query, sources);
  if (prices === undefined) return resolveOne(query, sources);
  let dearest: ResolvedPrice = { amount: 0 };
  for (const [skill, price] of Object.entries(prices)) {
    const terms = { required: false, ...price };
    const { amount } = await resolveOne({ ...query, terms }, sources);
    if (amount >= dearest.amount) dearest = { amount, dearestSkill: skill };
  }
  return { ...dearest, metering: meteringOfSkills(prices, sources) };
}

async function resolveOne(query: PriceQuery, sources: PriceSources): Promise<ResolvedPrice> {
  const { agent } = query;
  const { limitPerCall = Number.MAX_SAFE_INTEGER, maxAmount = Number.MAX_SAFE_INTEGER } = sources;
  const whole = (value: number, name: string) => wholeTokens(value, name, { agent, maxAmount });
  const ceiling = settingOf('maxTokensPerCall', agent, sources);
  const maxTokens = settingOf('maxTokens', agent, sources);
  const { isOfCard, price, setting } = choosePrice(query, sources);
  if (typeof price !== 'object') {
    const asked = typeof price === 'function' ? await price(query) : price;
    return { amount: below(mostFor(), whole(asked, setting)) };
  }
  const metering = meteringOf(price);
  const most = mostFor(metering);
  const base = below(
    most,
    whole(price.baseTokens ?? sources.defaultTokens, `${setting}.baseTokens`),
  );
  if (metering === undefined || base === 0) return { amount: base };
  if (!(Number.isFinite(metering.per) && metering.per > 0)) {
    throw invalidPrice(agent, `${setting}.unitSize must be a number > 0`);
  }
  const maximum =
    price.maxTokens === undefined
      ? (maxTokens ?? 10 * base)
      : whole(price.maxTokens, `${setting}.maxTokens`);
  return {
    amount: Math.min(maximum, most, maxAmount, Math.max(Math.floor(limitPerCall), base)),
    metering,
  };

  /** The ceiling. Prices on a card have a default ceiling, unless a setting limits the cost of a call. */
  function mostFor(use?: UseMetering): number {
    if (ceiling !== undefined) return ceiling;
    const isLimited = sources.limitPerCall !== undefined || (use && maxTokens) !== undefined;
    // A `tokensPerCall` of 0 does not mean that prices on cards are forbidden.
    return isOfCard && !isLimited ? 10 * (sources.defaultTokens || 10) : maxAmount;
  }

  function below(allowed: number, tokens: number): number {
    if (tokens <= allowed) return tokens;
    const why =
      ceiling === undefined
        ? `its card asks for that, and the default maximum is ${allowed} (ten times tokensPerCall). Set maxTokensPerCall, for all agents or in agents["${agent}"], or A2A_MAX_TOKENS_PER_CALL`
        : `maxTokensPerCall allows ${allowed}. Raise it, or A2A_MAX_TOKENS_PER_CALL if it comes from there`;
    throw new SettlementError({
      code: 'LIMIT_EXCEEDED',
      message: `The call of agent "${agent}" for ${tokens} tokens was not sent: ${why}.`,
      isDispatched: false,
    });
  }
}

/**
 * How the price is negotiated, if it is negotiable and `negotiate` is set.
 *
 * @throws SettlementError `INVALID_AMOUNT` if there is no ceiling, or an invalid one.
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
      'its price is negotiable, and neither maxTokensPerCall nor limits.perCall is set',
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

/** @throws SettlementError `INVALID_AMOUNT` naming the setting. */
function settingOf(
  name: 'maxTokens' | 'maxTokensPerCall',
  agent: string,
  { common, maxAmount = Number.MAX_SAFE_INTEGER, own }: PriceSources,
): number | undefined {
  const value = own[name] ?? common[name];
  const setting = own[name] === undefined ? name : `agents["${agent}"].${name}`;
  return value === undefined ? undefined : wholeTokens(value, setting, { agent, maxAmount });
}

export function invalidPrice(agent: string, why: string): SettlementError {
  return new SettlementError({
    code: 'INVALID_AMOUNT',
    message: `The call of agent "${agent}" was not sent: ${why}.`,
    isDispatched: false,
  });
}

function wholeTokens(
  value: number,
  setting: string,
  { agent, maxAmount }: { agent: string; maxAmount: number },
): number {
  if (Number.isInteger(value) && value >= 0 && value <= maxAmount) return value;
  throw invalidPrice(
    agent,
    `${setting} must be a whole number of tokens between 0 and ${maxAmount}`,
  );
}

/**
 * How use is measured and paid on a turn that continues under an existing hold. Never throws, calls no price
 * function.
 */
export function resolveMetering(query: PriceQuery, sources: PriceSources): Metering | undefined {
  const { price, prices } = choosePrice(query, sources);
  if (prices !== undefined) return meteringOfSkills(prices, sources);
  const metering = typeof price === 'object' ? meteringOf(price) : undefined;
  return metering !== undefined && metering.per > 0 ? metering : undefined;
}

function meteringOfSkills(
  prices: Record<string, SkillTerms<number>>,
  { defaultTokens }: PriceSources,
): Metering {
  const meterings = Object.entries(prices).map(([skill, terms]): [string, UseMetering] => {
    const price = cardPrice(terms) ?? defaultTokens;
    const request = typeof price === 'number' ? price : (price.baseTokens ?? defaultTokens);
    const use = typeof price === 'number' ? undefined : meteringOf(price);
    return [skill, use ?? { of: 'requests', baseTokens: request, per: 1 }];
  });
  return { of: 'skill', prices: Object.fromEntries(meterings) };
}

/** The effective price and the setting it comes from. */
export function choosePrice(
  { agent, terms }: PriceQuery,
  { own, common, defaultTokens }: PriceSources,
): {
  price: Price;
  setting: string;
  isOfCard?: boolean;
  /** The card sets the price, and the requested skill matches none of these prices. */
  prices?: Record<string, SkillTerms<number>>;
} {
  const at = `agents["${agent}"]`;
  if (own.price !== undefined) return { price: own.price, setting: `${at}.price` };
  if (own.tokensPerCall !== undefined) {
    return { price: own.tokensPerCall, setting: `${at}.tokensPerCall` };
  }
  if (common.price !== undefined) return { price: common.price, setting: 'price' };
  const card = cardPrice(terms);
  return card === undefined
    ? { price: defaultTokens, setting: 'tokensPerCall' }
    : {
        price: card,
        setting: `the price on the card of "${agent}"`,
        isOfCard: true,
        ...(terms?.prices !== undefined && { prices: terms.prices }),
      };
}

function meteringOf(terms: PriceTerms): UseMetering | undefined {
  switch (terms.model) {
    case 'per-request':
    case 'negotiable':
      return undefined;
    case 'per-minute':
      return { of: 'milliseconds', baseTokens: terms.baseTokens, per: 60_000 };
    case 'per-unit':
      return { of: 'units', baseTokens: terms.baseTokens, per: terms.unitSize ?? 1000 };
  }
}

/** Cards may name pricing models that cannot be metered; their amount is then the price of a request. */
function cardPrice({ amount, pricingModel, unitSize }: SkillTerms<number> = {}):
  | number
  | PriceTerms
  | undefined {
  if (pricingModel === 'negotiable') {
    return { model: 'negotiable', ...(amount !== undefined && { baseTokens: amount }) };
  }
  if (amount === undefined) return undefined;
  return pricingModel === 'per-unit' || pricingModel === 'per-minute'
    ? { model: pricingModel, baseTokens: amount, ...(unitSize !== undefined && { unitSize }) }
    : amount;
}
