import type { SharedV4ProviderOptions } from '@ai-sdk/provider';
import type { AgentTerms } from '../../rails/rail';
import type { Negotiate } from './negotiate';

/** The facts of a call that its price may depend on. */
export interface PriceQuery {
  /** The model id. */
  agent: string;
  /** The requested skill. */
  skill?: string;
  /** The terms on the agent's card. They are not verified. */
  terms?: AgentTerms<number>;
  /** The `providerOptions` of the call. */
  providerOptions?: SharedV4ProviderOptions;
}

/** A price in the terms of agent cards. */
export type PriceTerms = SetPriceTerms | NegotiablePriceTerms;

interface SetPriceTerms {
  /** `per-unit` and `per-minute` are paid by use, up to a held maximum. */
  model: 'per-request' | 'per-unit' | 'per-minute';
  /** Whole tokens per request, per `unitSize` units, or per minute. */
  baseTokens: number;
  /** `per-unit`: how many units `baseTokens` buys. Default: 1000. */
  unitSize?: number;
  /** `per-unit`, `per-minute`: whole tokens to hold. Default: the option `maxTokens`. */
  maxTokens?: number;
}

/** A price that `negotiate` agrees on. */
interface NegotiablePriceTerms {
  model: 'negotiable';
  /** Whole tokens per request if `negotiate` is not set. Default: the option `tokensPerCall`. */
  baseTokens?: number;
  unitSize?: never;
  maxTokens?: never;
}

/**
 * Whole tokens, or a function that returns them, or terms. Errors of the function are thrown to the caller;
 * nothing has been held or sent then.
 */
export type Price = number | ((query: PriceQuery) => number | Promise<number>) | PriceTerms;

export interface PriceOptions {
  /** The price of a call. Overrides the card. Default: `tokensPerCall`, else the card's price. */
  price?: Price;
  /**
   * Whole tokens to hold for prices by use (`per-unit`, `per-minute`, also on the card). Default: ten times the
   * base, at most what the rail can hold.
   */
  maxTokens?: number;
  /**
   * The ceiling: a call that costs more is refused with `LIMIT_EXCEEDED` before anything is held or sent,
   * whether the price comes from a card, a function or a setting. For prices by use, the base must not exceed
   * the ceiling, and at most the ceiling is held. Default: `A2A_MAX_TOKENS_PER_CALL`; without it, ten times
   * `tokensPerCall` for prices on cards, unless `limits.perCall` or, for prices by use, `maxTokens` is set; no
   * ceiling for your own prices.
   */
  maxTokensPerCall?: number;
  /**
   * Agrees on the price if the agent's card or `price` says that it is negotiable. The first message is then
   * sent without payment; an agent that waits for a price (its `proposedPrice`) is sent the returned decision,
   * until both sides agree. The agreed amount is held, and the call continues with the same task.
   *
   * It needs a ceiling that you set, `maxTokensPerCall` or `limits.perCall`: without one the call throws
   * `INVALID_AMOUNT` before anything is sent, and above it `LIMIT_EXCEEDED` before anything is held. A refusal,
   * or a sixth proposal, throws `NO_AGREEMENT`; the waiting task is then canceled. `allow`, `approve` and
   * `limits` apply to the agreed price. An agent that works without asking for a price is not paid.
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

/** The settings that a price is taken from. */
export interface PriceSources {
  /** The settings of this agent. */
  own: PriceOptions & { tokensPerCall?: number };
  /** The settings for all agents. */
  common: PriceOptions;
  /** The price if no setting and no card names one. */
  defaultTokens: number;
  limitPerCall: number | undefined;
  /** The most that the rail can hold. */
  maxAmount: number | undefined;
}
