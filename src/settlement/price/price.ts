import type { SharedV4ProviderOptions } from '@ai-sdk/provider';
import { SettlementError, type AgentTerms, type SkillTerms } from '../../rails/rail';
import type { Negotiate } from './negotiate';

/** What is known of a call before it is priced. */
export interface PriceQuery {
  /** The model id. */
  agent: string;
  /** The skill asked for. */
  skill?: string;
  /** What the agent's card asks for. It is the agent's own word. */
  terms?: AgentTerms;
  /** Of the call. */
  providerOptions?: SharedV4ProviderOptions;
}

/** A price in the words of agent cards. */
export type PriceTerms = SetPriceTerms | NegotiablePriceTerms;

interface SetPriceTerms {
  /** `per-unit` and `per-minute` are paid by use, out of a maximum that is held. */
  model: 'per-request' | 'per-unit' | 'per-minute';
  /** Whole tokens for a request, for `unitSize` units, or for a minute. */
  baseTokens: number;
  /** `per-unit`: how many units `baseTokens` buys. Default: 1000. */
  unitSize?: number;
  /** `per-unit`, `per-minute`: whole tokens to hold. Default: the option `maxTokens`. */
  maxTokens?: number;
}

/** What `negotiate` agrees to. */
interface NegotiablePriceTerms {
  model: 'negotiable';
  /** Whole tokens for a request where no `negotiate` is set. Default: the option `tokensPerCall`. */
  baseTokens?: number;
  unitSize?: never;
  maxTokens?: never;
}

/**
 * Whole tokens, or a function that says how many, or terms. What a function throws is thrown to the
 * caller; nothing has been held or sent then.
 */
export type Price = number | ((query: PriceQuery) => number | Promise<number>) | PriceTerms;

export interface PriceOptions {
  /** What a call costs, whatever the card says. Default: `tokensPerCall`, else the card's price. */
  price?: Price;
  /**
   * Whole tokens to hold where use decides what is paid (`per-unit`, `per-minute`, the card's prices
   * included). Default: ten times the base, at most what the rail can hold.
   */
  maxTokens?: number;
  /**
   * The ceiling: a call that costs more is refused with `LIMIT_EXCEEDED` before anything is held or
   * sent, whoever asks for it: a card, a function, a setting. Where use decides, the base must fit
   * under it, and no more than it is held.
   */
  maxTokensPerCall?: number;
  /**
   * Agrees on the price where it is negotiable, by the agent's card or by `price`. Then the first
   * message goes out unpaid; an agent that waits for a price (its `proposedPrice`) is answered with what
   * this decides, until both agree. That much is held, and the call goes on with the same task.
   *
   * It needs a ceiling, `maxTokensPerCall` or `limits.perCall`: without one the call throws
   * `INVALID_AMOUNT` before anything is sent, and above it `LIMIT_EXCEEDED` before anything is held. A
   * refusal, or a sixth proposal, throws `NO_AGREEMENT`; the waiting task is canceled then. `allow`,
   * `approve` and `limits` apply to what was agreed. An agent that works without asking for a price is
   * not paid.
   *
   * Default: the base of a negotiable price is the price of a request.
   *
   * @example
   * ```ts
   * const settlement = createSettlement({
   *   maxTokensPerCall: 120,
   *   negotiate: ({ proposedPrice, ceiling, round }) => {
   *     if (proposedPrice <= 80) return 'accept';
   *     return round === 1 ? { counter: 80 } : proposedPrice <= ceiling ? 'accept' : 'refuse';
   *   },
   * });
   * ```
   */
  negotiate?: Negotiate;
}

/** How use becomes tokens: `baseTokens` for `per` requests, units or milliseconds. */
export interface UseMetering {
  of: 'requests' | 'units' | 'milliseconds';
  baseTokens: number;
  per: number;
}

/** How an answer becomes tokens; where no skill was named, by the skill that the answer names. */
export type Metering = UseMetering | { of: 'skill'; prices: Record<string, UseMetering> };

/** Where prices are looked for. */
export interface PriceSources {
  /** Of this agent. */
  own: PriceOptions & { tokensPerCall?: number };
  /** Of all agents. */
  common: PriceOptions;
  /** Where nobody says. */
  defaultTokens: number;
  limitPerCall: number | undefined;
  /** What the rail can hold. */
  maxAmount: number | undefined;
}

export interface ResolvedPrice {
  /** Whole tokens to hold. */
  amount: number;
  metering?: Metering;
  /** The skill whose price is held because the call names none that has a price. */
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
  const ceiling = settingOf('maxTokensPerCall', agent, sources) ?? maxAmount;
  const { price, setting } = choosePrice(query, sources);
  if (typeof price !== 'object') {
    const asked = typeof price === 'function' ? await price(query) : price;
    return { amount: belowCeiling(whole(asked, setting)) };
  }
  const base = belowCeiling(
    whole(price.baseTokens ?? sources.defaultTokens, `${setting}.baseTokens`),
  );
  const metering = meteringOf(price);
  if (metering === undefined || base === 0) return { amount: base };
  if (!(Number.isFinite(metering.per) && metering.per > 0)) {
    throw invalidPrice(agent, `${setting}.unitSize must be a number above 0`);
  }
  const maximum =
    price.maxTokens === undefined
      ? (settingOf('maxTokens', agent, sources) ?? 10 * base)
      : whole(price.maxTokens, `${setting}.maxTokens`);
  return {
    amount: Math.min(maximum, ceiling, maxAmount, Math.max(Math.floor(limitPerCall), base)),
    metering,
  };

  function belowCeiling(tokens: number): number {
    if (tokens <= ceiling) return tokens;
    throw new SettlementError({
      code: 'LIMIT_EXCEEDED',
      message: `The call of agent "${agent}" for ${tokens} tokens was not sent: maxTokensPerCall allows ${ceiling}.`,
      isDispatched: false,
    });
  }
}

/** @throws SettlementError `INVALID_AMOUNT` naming the setting. */
export function settingOf(
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
  throw invalidPrice(agent, `${setting} must be a whole number of tokens from 0 to ${maxAmount}`);
}

/** How use is paid on a turn that goes on under a hold already made. Never throws, calls no price function. */
export function resolveMetering(query: PriceQuery, sources: PriceSources): Metering | undefined {
  const { price, prices } = choosePrice(query, sources);
  if (prices !== undefined) return meteringOfSkills(prices, sources);
  const metering = typeof price === 'object' ? meteringOf(price) : undefined;
  return metering !== undefined && metering.per > 0 ? metering : undefined;
}

function meteringOfSkills(
  prices: Record<string, SkillTerms>,
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

/** The price that counts, and who set it. */
export function choosePrice(
  { agent, terms }: PriceQuery,
  { own, common, defaultTokens }: PriceSources,
): {
  price: Price;
  setting: string;
  /** The card has the say, and the skill asked for does not tell which of these prices it is. */
  prices?: Record<string, SkillTerms>;
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

/** Cards know more models than can be metered; what they ask then is the price of a request. */
function cardPrice({ amount, pricingModel, unitSize }: SkillTerms = {}):
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
