/** An account with an API key: of a buyer or a seller. */
export interface NeverminedAccount {
  /** `0x` and 40 hex digits. */
  readonly address: string;
  readonly apiKey: string;
}

/** The terms of a plan. */
export interface PlanOffer {
  name: string;
  /** Whole credits that one order grants. */
  credits: number;
  /** The price of one order, in cents. Default: one cent per credit. */
  priceCents?: number | undefined;
  /** Paid by card instead of with a stablecoin. */
  cardProvider?: 'stripe' | 'braintree' | 'visa' | undefined;
  /** Nothing is granted in advance: each settlement is a separate payment. */
  isPayAsYouGo?: boolean | undefined;
}

export interface Plan extends Omit<PlanOffer, 'priceCents'> {
  /** A 256-bit number, decimal. */
  readonly id: string;
  readonly owner: string;
  readonly priceCents: number;
  minted: bigint;
  burned: bigint;
  readonly balances: Map<string, bigint>;
}

/** The amount of an account's money that tokens may spend. */
export interface Delegation {
  readonly id: string;
  readonly owner: string;
  readonly provider: string;
  readonly currency: string;
  readonly planId: string | undefined;
  readonly spendingLimitCents: number;
  readonly maxTransactions: number | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  spentCents: number;
  transactions: number;
}

/** One settlement, possibly of zero credits. */
export interface NeverminedSettlement {
  readonly transaction: string;
  readonly planId: string;
  readonly payer: string;
  /** Whole credits. */
  readonly credits: number;
  /** The order that was made because the balance was too low, or because each settlement is an order. */
  readonly orderTx?: string | undefined;
  /** A digest of the access token. */
  readonly token: string;
}

/** A snapshot of the ledger. For each plan `minted` equals all `balances` and `burned`. */
export interface NeverminedLedger {
  plans: Array<{
    planId: string;
    name: string;
    minted: number;
    burned: number;
    balances: Record<string, number>;
  }>;
  delegations: Delegation[];
  settlements: NeverminedSettlement[];
}
