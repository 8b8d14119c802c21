export type EscrowStatus =
  | 'held'
  | 'partially_released'
  | 'evidence_pending'
  | 'released'
  | 'refunded'
  | 'expired';

export type AttestationLevel = 'self_declared' | 'signed' | 'verifiable';

/** The data of an account's registration. */
export interface AccountDetails {
  botName: string;
  developerId: string;
  developerName: string;
  contactEmail: string;
  description: string | null;
  skills: string[];
  /** Tokens that may be held within 24 hours, including refunds. Null or 0: no limit. */
  dailySpendLimit: number | null;
}

/** An account and its balance. All money is whole tokens. */
export interface Account extends Readonly<Omit<AccountDetails, 'skills'>> {
  skills: string[];
  readonly id: string;
  readonly createdAt: Date;
  available: number;
  /** In escrows, including dispute stakes. */
  held: number;
  earned: number;
  spent: number;
  /** 0 to 1, a moving average of the outcomes of the account's work as a provider. */
  reputation: number;
  frozenUntil: Date | null;
  /** Oldest first. */
  readonly transactions: Transaction[];
  /** Escrows the account is a party of, oldest first. */
  readonly escrows: Escrow[];
}

interface Deliverable {
  description: string;
  artifact_hash: string | null;
  acceptance_criteria: string | null;
}

/** The request that opens an escrow. */
export interface EscrowTerms {
  providerId: string;
  amount: number;
  /** Null or 0: the exchange's default. A negative number opens an expired hold. */
  ttlMinutes: number | null;
  taskId: string | null;
  taskType: string | null;
  groupId: string | null;
  dependsOn: string[] | null;
  deliverables: Deliverable[] | null;
  requiredAttestationLevel: AttestationLevel | null;
  credentialChain: Record<string, unknown> | null;
}

export interface Escrow extends Readonly<Omit<EscrowTerms, 'ttlMinutes'>> {
  readonly id: string;
  readonly requesterId: string;
  readonly fee: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  status: EscrowStatus;
  resolvedAt: Date | null;
  delivery: Delivery | null;
  dispute: Dispute | null;
  partial: PartialRelease | null;
}

export interface Delivery {
  content: string;
  provenance: Record<string, unknown> | null;
  provenanceResult: Record<string, unknown> | null;
  deliveredAt: Date;
}

export interface Dispute {
  reason: string;
  filedBy: string;
  stake: number;
  stakeStatus: 'held' | 'returned';
  windowClosesAt: Date;
}

interface PartialRelease {
  releasedAmount: number;
  releasedFee: number;
  /** The rest after the release. Set to 0 once a holdback is settled. */
  holdbackAmount: number;
  holdbackFee: number;
  score: number | null;
  efficacyCheckAt: Date | null;
  efficacyCriteria: string | null;
}

export interface Transaction {
  readonly id: string;
  readonly escrowId: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly amount: number;
  readonly type: string;
  readonly description: string;
  readonly createdAt: Date;
}

/** A snapshot of the ledger. `minted` always equals the sum of all `available` and `held` plus `treasury`. */
export interface LedgerSnapshot {
  accounts: {
    id: string;
    name: string;
    available: number;
    held: number;
    earned: number;
    spent: number;
  }[];
  /** Fees collected. */
  treasury: number;
  /** All starter tokens and deposits. */
  minted: number;
  escrows: {
    id: string;
    taskId?: string;
    requesterId: string;
    providerId: string;
    amount: number;
    fee: number;
    status: EscrowStatus;
  }[];
}
