/** As Nevermined names them. `custom` is the backend that `NVM_BACKEND_URL` names. */
export type NeverminedEnvironment =
  | 'sandbox'
  | 'live'
  | 'staging_sandbox'
  | 'staging_live'
  | 'custom';

/** Nevermined's backend, and who speaks to it. */
export interface NeverminedConnectionOptions {
  /** The buyer's key. Default: `NVM_API_KEY`. */
  apiKey?: string | undefined;
  /**
   * Default: what the key's prefix says (`sandbox:…`, `live:…`), else `NVM_ENVIRONMENT`, else `custom`.
   * One that contradicts the key is refused.
   */
  environment?: NeverminedEnvironment | undefined;
  /** Instead of the environment's backend, without `/api/v1`. Default for `custom`: `NVM_BACKEND_URL`. */
  backendUrl?: string | undefined;
  /** The workspace that requests are for. Default: the key's own. */
  organizationId?: string | undefined;
  /** Reaches every request. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** For one request, its answer's body included. Default: 30000. */
  timeoutMs?: number | undefined;
}

/**
 * What agents may take at most: the only bound that Nevermined itself keeps. A delegation that exists
 * already, by its id, or one that is created when it is first needed.
 */
export type NeverminedDelegation = { id: string } | NeverminedDelegationTerms;

/** A delegation to create: each process that pays creates one of its own. */
export interface NeverminedDelegationTerms {
  id?: undefined;
  /** Default: `erc4337` for plans that are paid with a stablecoin. Plans paid by card need one. */
  provider?: 'erc4337' | 'stripe' | 'braintree' | undefined;
  /** The enrolled card (`pm_…`). Only for cards. */
  providerPaymentMethodId?: string | undefined;
  /** The most that may be spent under it, in cents. */
  spendingLimitCents: number;
  /** How long it lasts. Then another one is created. */
  durationSecs: number;
  currency: 'usd' | 'eur' | 'usdc' | 'eurc';
  /** The most payments. Default: no limit. */
  maxTransactions?: number | undefined;
  /** Binds it to one plan. Default: it is good for all. */
  planId?: string | undefined;
  /** Binds it to one API key. */
  apiKeyId?: string | undefined;
}

export interface NeverminedOptions extends NeverminedConnectionOptions {
  /** Needed to pay; looking at plans, ordering and balances do without. */
  delegation?: NeverminedDelegation | undefined;
  /**
   * The plans to pay with. An agent that takes none of them is not paid. Default: those on the agent's
   * card, the first of which there are enough credits.
   */
  planId?: string | readonly string[] | undefined;
  /**
   * Orders the plan when its credits do not cover a call: one of `planId`, or of the agent's own card.
   * That costs the plan's price, on which no limit in credits has a say. An order is not repeated before
   * the balance shows it, or five minutes have passed. Default: false; the backend orders by itself as
   * far as the delegation allows.
   */
  autoOrder?: boolean | undefined;
  /**
   * The version of access tokens to ask for. 2 is good for many calls until its delegation ends; 3 for
   * one settlement, by one agent at one address. Default: what the backend gives.
   */
  tokenVersion?: 2 | 3 | undefined;
  /** How long a token of version 2 is used again, in milliseconds. Default: 600000. */
  tokenTtlMs?: number | undefined;
  /**
   * The address that tokens of version 3 are bound to, as the agent names it in its challenge. Default:
   * the challenge's, else the one on the agent's card.
   */
  resourceUrl?: string | undefined;
  /** The clock that delegations and tokens end by. Default: the system's. */
  now?: (() => Date) | undefined;
}
