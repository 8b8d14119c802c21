/** Somebody with an API key: who orders plans, or who sells them. */
export interface NeverminedAccount {
  /** `0x` and 40 hex digits. */
  readonly address: string;
  readonly apiKey: string;
}

/** What a plan sells. */
export interface PlanOffer {
  name: string;
  /** Whole credits that one order grants. */
  credits: number;
  /** What one order costs, in cents. Default: one cent a credit. */
  priceCents?: number | undefined;
  /** Paid by card instead of with a stablecoin. */
  cardProvider?: 'stripe' | 'braintree' | 'visa' | undefined;
  /** Nothing is granted ahead: each settlement is a payment of its own. */
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

/** How much of an account's money tokens may spend. */
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

/** One settlement that took something, or zero. */
export interface NeverminedSettlement {
  readonly transaction: string;
  readonly planId: string;
  readonly payer: string;
  /** Whole credits. */
  readonly credits: number;
  /** The order that was made because the balance was short, or because each settlement is one. */
  readonly orderTx?: string | undefined;
  /** A digest of the access token. */
  readonly token: string;
}

/** The books as they are now. For each plan `minted` equals all `balances` and `burned`. */
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
