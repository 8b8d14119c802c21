/** One offer, as created by the `x402ResourceServer`. */
export interface X402Requirements {
  scheme: string;
  network: `${string}:${string}`;
  asset: string;
  /** In the asset's smallest unit. */
  amount: string;
  payTo: string;
  maxTimeoutSeconds: number;
  extra: Record<string, unknown>;
}

/** A signed payment. */
export interface X402Payment {
  x402Version: number;
  accepted: X402Requirements;
  payload: Record<string, unknown>;
}

/** The subset of `x402ResourceServer` of `@x402/core/server` that is used. */
export interface X402ResourceServer {
  initialize(): Promise<void>;
  buildPaymentRequirements(offer: X402ServerOffer): Promise<X402Requirements[]>;
  getAssetDecimalsForRequirements(requirements: X402Requirements): number;
  findMatchingRequirements(
    accepts: X402Requirements[],
    payment: X402Payment,
  ): X402Requirements | undefined;
  getPaymentFlow(payment: X402Payment, requirements: X402Requirements): string;
  verifyPayment(
    payment: X402Payment,
    requirements: X402Requirements,
  ): Promise<{ isValid: boolean; invalidReason?: string; payer?: string }>;
  settlePayment(
    payment: X402Payment,
    requirements: X402Requirements,
    extensions: undefined,
    transport: undefined,
    overrides: { amount?: string } | undefined,
    phase: 'before-handler' | 'after-handler',
  ): Promise<object>;
  createPaymentCancellationDispatcher(
    payment: X402Payment,
    requirements: X402Requirements,
    extensions: undefined,
    transport: undefined,
    settledPhases: readonly 'before-handler'[],
  ): { cancel(options: { reason: 'handler_failed' }): Promise<object | void> };
}

/** An offer, as passed to the `x402ResourceServer`. */
export interface X402ServerOffer {
  /** `exact`, `upto` or `auth-capture`; must be registered with `server`. */
  scheme: string;
  /** CAIP-2, for example `eip155:8453`. */
  network: `${string}:${string}`;
  /** The payee's address. */
  payTo: string;
  /** `'$0.25'`, or an amount of an asset. */
  price: string | number | { asset: string; amount: string; extra?: Record<string, unknown> };
  /** How long a signature must be valid, in seconds. Default: the server's default, usually 300. */
  maxTimeoutSeconds?: number;
  extra?: Record<string, unknown>;
}

/** An offer. */
export interface X402Offer extends Omit<X402ServerOffer, 'extra'> {
  /**
   * Additional data of the scheme. Use a function if it contains times, such as the deadlines of
   * `auth-capture`. The function must be deterministic, so that each machine can recreate the offers of the
   * others. `at` is the time of the offer, in whole minutes or more; `payer` is the payer, if known.
   */
  extra?: Record<string, unknown> | ((asked: X402Asked) => Record<string, unknown>);
  /**
   * The decimals of an asset that the server does not know. Default: the server's value, which is 6 for such
   * assets.
   */
  decimals?: number;
}

/** The context in which an offer is created. */
export interface X402Asked {
  at: Date;
  payer: string | undefined;
}
