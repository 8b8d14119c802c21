/** One offer, as the `x402ResourceServer` has made it. */
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

/** What a caller has signed. */
export interface X402Payment {
  x402Version: number;
  accepted: X402Requirements;
  payload: Record<string, unknown>;
}

/** As much of `x402ResourceServer` of `@x402/core/server` as is used. */
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

/** What is asked for, as the `x402ResourceServer` takes it. */
export interface X402ServerOffer {
  /** `exact`, `upto`, `auth-capture`: those that are registered with `server`. */
  scheme: string;
  /** CAIP-2, for example `eip155:8453`. */
  network: `${string}:${string}`;
  /** The address that is paid. */
  payTo: string;
  /** `'$0.25'`, or an amount of an asset. */
  price: string | number | { asset: string; amount: string; extra?: Record<string, unknown> };
  /** How long a signature has to be good, in seconds. Default: the server's, 300 as a rule. */
  maxTimeoutSeconds?: number;
  extra?: Record<string, unknown>;
}

/** What is asked for. */
export interface X402Offer extends Omit<X402ServerOffer, 'extra'> {
  /**
   * What the scheme takes besides. A function where it has times in it, as the deadlines of `auth-capture`:
   * it makes the same of the same, so that each machine knows the offers of all. `at` is when the offer is
   * made, in whole minutes or more; `payer` is who would pay, where that is known.
   */
  extra?: Record<string, unknown> | ((asked: X402Asked) => Record<string, unknown>);
  /** Of an asset that the server does not know. Default: the server's word, which is 6 for all of those. */
  decimals?: number;
}

/** For whom an offer is made, and when. */
export interface X402Asked {
  at: Date;
  payer: string | undefined;
}
