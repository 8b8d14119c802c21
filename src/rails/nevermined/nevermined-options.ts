/** Nevermined's environments. `custom` is the backend at `NVM_BACKEND_URL`. */
export type NeverminedEnvironment =
  | 'sandbox'
  | 'live'
  | 'staging_sandbox'
  | 'staging_live'
  | 'custom';

/** The connection to Nevermined's backend. */
export interface NeverminedConnectionOptions {
  /** The buyer's API key. Default: `NVM_API_KEY`. */
  apiKey?: string | undefined;
  /**
   * Default: the environment in the key's prefix (`sandbox:…`, `live:…`), otherwise `NVM_ENVIRONMENT`,
   * otherwise `custom`. A value that contradicts the key is an error.
   */
  environment?: NeverminedEnvironment | undefined;
  /** The backend URL without `/api/v1`. Default: that of the environment; for `custom`: `NVM_BACKEND_URL`. */
  backendUrl?: string | undefined;
  /** The workspace of the requests. Default: the key's own. */
  organizationId?: string | undefined;
  /** Used for every request. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** The timeout of one request in milliseconds, including the response body. Default: 30000. */
  timeoutMs?: number | undefined;
}

/**
 * The spending limit for agents, the only limit that Nevermined itself enforces: the id of an existing
 * delegation, or the terms of one that is created on first use.
 */
export type NeverminedDelegation = { id: string } | NeverminedDelegationTerms;

/** A delegation to create. Each paying process creates its own. */
export interface NeverminedDelegationTerms {
  id?: undefined;
  /**
   * Default: `erc4337`, for plans that are paid with a stablecoin. Required for plans that are paid by card.
   */
  provider?: 'erc4337' | 'stripe' | 'braintree' | undefined;
  /** The enrolled card (`pm_…`). For cards only. */
  providerPaymentMethodId?: string | undefined;
  /** The maximum total spending, in cents. */
  spendingLimitCents: number;
  /** The lifetime in seconds. Afterwards, a new delegation is created. */
  durationSecs: number;
  currency: 'usd' | 'eur' | 'usdc' | 'eurc';
  /** The maximum number of payments. Default: unlimited. */
  maxTransactions?: number | undefined;
  /** The only plan that it is valid for. Default: all plans. */
  planId?: string | undefined;
  /** The only API key that it is valid for. */
  apiKeyId?: string | undefined;
}

export interface NeverminedOptions extends NeverminedConnectionOptions {
  /** Required for payments, not for querying plans, orders and balances. */
  delegation?: NeverminedDelegation | undefined;
  /**
   * The plans to pay with. An agent that accepts none of them is not paid. Default: the plans on the agent's
   * card, of which the first with enough credits is used.
   */
  planId?: string | readonly string[] | undefined;
  /**
   * Whether a plan is ordered if its credits do not cover a call: a plan of `planId`, or of the agent's own
   * card. An order charges the plan's price, which limits in credits do not cover. An order is repeated only
   * after the balance shows it, or after five minutes. Default: false; the backend itself orders within the
   * delegation.
   */
  autoOrder?: boolean | undefined;
  /**
   * The requested access token version. 2: valid for several calls until its delegation expires. 3: valid for
   * one settlement, by one agent at one URL. Default: the backend's default.
   */
  tokenVersion?: 2 | 3 | undefined;
  /** The time in milliseconds for which a version 2 token is reused. Default: 600000. */
  tokenTtlMs?: number | undefined;
  /**
   * The URL that version 3 tokens are bound to, as in the agent's payment request. Default: the URL in the
   * payment request, otherwise the one on the agent's card.
   */
  resourceUrl?: string | undefined;
  /** The clock for the expiry of delegations and tokens. Default: the system clock. */
  now?: (() => Date) | undefined;
}
