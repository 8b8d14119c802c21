import type { SharedV4ProviderOptions } from '@ai-sdk/provider';
import type { AgentTerms } from '../../rails/rail';
import type { Negotiate } from './negotiate';

/** What is known of a call before it is priced. */
export interface PriceQuery {
  /** The model id. */
  agent: string;
  /** The skill asked for. */
  skill?: string;
  /** What the agent's card asks for. It is the agent's own word. */
  terms?: AgentTerms<number>;
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
   * under it, and no more than it is held. Default: `A2A_MAX_TOKENS_PER_CALL`; without it, ten times
   * `tokensPerCall` for what a card asks, unless `limits.perCall` or, where use decides, `maxTokens`
   * is set, and nothing for prices of your own.
   */
  maxTokensPerCall?: number;
  /**
   * Agrees on the price where it is negotiable, by the agent's card or by `price`. Then the first
   * message goes out unpaid; an agent that waits for a price (its `proposedPrice`) is answered with what
   * this decides, until both agree. That much is held, and the call goes on with the same task.
   *
   * It needs a ceiling that you set, `maxTokensPerCall` or `limits.perCall`: without one the call throws
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
