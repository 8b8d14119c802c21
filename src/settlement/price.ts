import type { SharedV4ProviderOptions } from '@ai-sdk/provider';
import { SettlementError, type AgentTerms } from '../rails/rail';

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
export interface PriceTerms {
  /** `per-unit` and `per-minute` are paid by use, out of a maximum that is held. */
  model: 'per-request' | 'per-unit' | 'per-minute';
  /** Whole tokens for a request, for `unitSize` units, or for a minute. */
  baseTokens: number;
  /** `per-unit`: how many units `baseTokens` buys. Default: 1000. */
  unitSize?: number;
  /** `per-unit`, `per-minute`: whole tokens to hold. Default: the option `maxTokens`. */
  maxTokens?: number;
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
}

/** How use becomes tokens: `baseTokens` for `per` units, or for `per` milliseconds. */
export interface Metering {
  of: 'units' | 'milliseconds';
  baseTokens: number;
  per: number;
}

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

/** @throws SettlementError `INVALID_AMOUNT` naming the setting, or `LIMIT_EXCEEDED`. */
export async function resolvePrice(
  query: PriceQuery,
  sources: PriceSources,
): Promise<{ amount: number; metering?: Metering }> {
  const { agent } = query;
  const { limitPerCall = Number.MAX_SAFE_INTEGER, maxAmount = Number.MAX_SAFE_INTEGER } = sources;
  const ceiling = first('maxTokensPerCall') ?? maxAmount;
  const { price, setting } = choosePrice(query, sources);
  if (typeof price !== 'object') {
    const asked = typeof price === 'function' ? await price(query) : price;
    return { amount: belowCeiling(whole(asked, setting)) };
  }
  const base = belowCeiling(whole(price.baseTokens, `${setting}.baseTokens`));
  const metering = meteringOf(price);
  if (metering === undefined || base === 0) return { amount: base };
  if (!(Number.isFinite(metering.per) && metering.per > 0)) {
    throw invalid(`${setting}.unitSize must be a number above 0`);
  }
  const maximum =
    price.maxTokens === undefined
      ? (first('maxTokens') ?? 10 * base)
      : whole(price.maxTokens, `${setting}.maxTokens`);
  return {
    amount: Math.min(maximum, ceiling, maxAmount, Math.max(limitPerCall, base)),
    metering,
  };

  function first(name: 'maxTokens' | 'maxTokensPerCall'): number | undefined {
    const value = sources.own[name];
    if (value !== undefined) return whole(value, `agents["${agent}"].${name}`);
    const common = sources.common[name];
    return common === undefined ? undefined : whole(common, name);
  }

  function belowCeiling(tokens: number): number {
    if (tokens <= ceiling) return tokens;
    throw new SettlementError({
      code: 'LIMIT_EXCEEDED',
      message: `The call of agent "${agent}" for ${tokens} tokens was not sent: maxTokensPerCall allows ${ceiling}.`,
      isDispatched: false,
    });
  }

  function whole(value: number, name: string): number {
    if (Number.isInteger(value) && value >= 0 && value <= maxAmount) return value;
    throw invalid(`${name} must be a whole number of tokens from 0 to ${maxAmount}`);
  }

  function invalid(why: string): SettlementError {
    return new SettlementError({
      code: 'INVALID_AMOUNT',
      message: `The call of agent "${agent}" was not sent: ${why}.`,
      isDispatched: false,
    });
  }
}

/** How use is paid on a turn that goes on under a hold already made. Never throws, calls no price function. */
export function resolveMetering(query: PriceQuery, sources: PriceSources): Metering | undefined {
  const { price } = choosePrice(query, sources);
  const metering = typeof price === 'object' ? meteringOf(price) : undefined;
  return metering !== undefined && metering.per > 0 ? metering : undefined;
}

function choosePrice(
  { agent, terms }: PriceQuery,
  { own, common, defaultTokens }: PriceSources,
): { price: Price; setting: string } {
  const at = `agents["${agent}"]`;
  if (own.price !== undefined) return { price: own.price, setting: `${at}.price` };
  if (own.tokensPerCall !== undefined) {
    return { price: own.tokensPerCall, setting: `${at}.tokensPerCall` };
  }
  if (common.price !== undefined) return { price: common.price, setting: 'price' };
  const card = cardPrice(terms);
  return card === undefined
    ? { price: defaultTokens, setting: 'tokensPerCall' }
    : { price: card, setting: `the price on the card of "${agent}"` };
}

function meteringOf({ baseTokens, model, unitSize = 1000 }: PriceTerms): Metering | undefined {
  switch (model) {
    case 'per-request':
      return undefined;
    case 'per-minute':
      return { of: 'milliseconds', baseTokens, per: 60_000 };
    case 'per-unit':
      return { of: 'units', baseTokens, per: unitSize };
  }
}

/** Cards know more models than can be metered; what they ask then is the price of a request. */
function cardPrice({ amount, pricingModel, unitSize }: Partial<AgentTerms> = {}):
  | number
  | PriceTerms
  | undefined {
  if (amount === undefined) return undefined;
  return pricingModel === 'per-unit' || pricingModel === 'per-minute'
    ? { model: pricingModel, baseTokens: amount, ...(unitSize !== undefined && { unitSize }) }
    : amount;
}
