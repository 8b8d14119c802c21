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

/** @throws SettlementError `INVALID_AMOUNT` naming the setting, or `LIMIT_EXCEEDED`. */
export async function resolvePrice(
  query: PriceQuery,
  {
    own,
    common,
    defaultTokens,
    limitPerCall = Number.MAX_SAFE_INTEGER,
    maxAmount = Number.MAX_SAFE_INTEGER,
  }: {
    /** Of this agent. */
    own: PriceOptions & { tokensPerCall?: number };
    /** Of all agents. */
    common: PriceOptions;
    /** Where nobody says. */
    defaultTokens: number;
    limitPerCall: number | undefined;
    /** What the rail can hold. */
    maxAmount: number | undefined;
  },
): Promise<{ amount: number; metering?: Metering }> {
  const { agent } = query;
  const ceiling = first('maxTokensPerCall') ?? maxAmount;
  const { price, setting } = choose();
  if (typeof price !== 'object') {
    const asked = typeof price === 'function' ? await price(query) : price;
    return { amount: belowCeiling(whole(asked, setting)) };
  }
  const base = belowCeiling(whole(price.baseTokens, `${setting}.baseTokens`));
  if (price.model === 'per-request' || base === 0) return { amount: base };
  const maximum =
    price.maxTokens === undefined
      ? (first('maxTokens') ?? 10 * base)
      : whole(price.maxTokens, `${setting}.maxTokens`);
  return {
    amount: Math.min(maximum, ceiling, maxAmount, Math.max(limitPerCall, base)),
    metering:
      price.model === 'per-minute'
        ? { of: 'milliseconds', baseTokens: base, per: 60_000 }
        : { of: 'units', baseTokens: base, per: positive(price.unitSize, `${setting}.unitSize`) },
  };

  function choose(): { price: Price; setting: string } {
    const at = `agents["${agent}"]`;
    if (own.price !== undefined) return { price: own.price, setting: `${at}.price` };
    if (own.tokensPerCall !== undefined) {
      return { price: own.tokensPerCall, setting: `${at}.tokensPerCall` };
    }
    if (common.price !== undefined) return { price: common.price, setting: 'price' };
    const card = cardPrice(query.terms);
    return card === undefined
      ? { price: defaultTokens, setting: 'tokensPerCall' }
      : { price: card, setting: `the price on the card of "${agent}"` };
  }

  function first(name: 'maxTokens' | 'maxTokensPerCall'): number | undefined {
    const value = own[name];
    if (value !== undefined) return whole(value, `agents["${agent}"].${name}`);
    return common[name] === undefined ? undefined : whole(common[name], name);
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

  function positive(value = 1000, name: string): number {
    if (Number.isFinite(value) && value > 0) return value;
    throw invalid(`${name} must be a number above 0`);
  }

  function invalid(why: string): SettlementError {
    return new SettlementError({
      code: 'INVALID_AMOUNT',
      message: `The call of agent "${agent}" was not sent: ${why}.`,
      isDispatched: false,
    });
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
