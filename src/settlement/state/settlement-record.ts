import type { Proof } from '../../rails/rail';
import type { SettlementReceipt } from './settlement-receipt';

/**
 * A fact about a hold.
 *
 * - `held`, `kept`, `taken`, `disputed`, `unresolved`: as the events with these names.
 * - `released`, `refunded`: as the events; `status` distinguishes partial release and `late`.
 * - `overcharged`: in addition to `released` or `taken`, which already contain `captured`.
 * - `pending`: the agent has not captured, and may until `expiresAt`.
 */
export type SettlementFact =
  | 'held'
  | 'released'
  | 'refunded'
  | 'kept'
  | 'taken'
  | 'overcharged'
  | 'disputed'
  | 'pending'
  | 'unresolved';

/** One fact about one hold, as a receipt store keeps it. Contains no key, no prompt and no answer. */
export interface SettlementRecord {
  /** Identifies the hold: the same in all of its records. */
  hold: string;
  event: SettlementFact;
  /** As in the receipt. */
  status: SettlementReceipt['status'];
  /** When the fact became known: ISO 8601, UTC, by the clock of the process that wrote the record. */
  at: string;
  /**
   * When the hold was requested: ISO 8601, UTC. All records of the hold are stored under this day. For holds of
   * older versions: when they expire.
   */
  heldAt: string;
  /** Milliseconds from the hold to the settlement. Undefined before that, and for holds of older versions. */
  durationMs?: number | undefined;
  /** The model id. Undefined if it is no longer known. */
  agent?: string | undefined;
  /** The rail's name. */
  rail: string;
  /** The hold's task id on the ledger. */
  taskId: string;
  escrowId: string;
  /** The payee's account. */
  payee: string;
  exchangeUrl: string;
  currency: string;
  /** The number of decimals of the currency. */
  decimals: number;
  /** Held for the payee. This and all amounts: a decimal string. */
  amount: string;
  /** The fee of the ledger. */
  fee: string;
  /** What the payee got. */
  captured?: string | undefined;
  /** What was refunded to the payer. */
  returned?: string | undefined;
  /** `disputed`: the stake put up in addition to the hold. */
  stake?: string | undefined;
  /** When the hold expires, or until when the agent may capture: ISO 8601, UTC. */
  expiresAt: string;
  /** Why the hold was, or was to be, refunded or disputed. */
  reason?: string | undefined;
  /** `unresolved`: the error code of the cause. */
  error?: string | undefined;
  /** Where the payment can be verified, and who confirmed it. */
  proof?: Proof[] | undefined;
  /** `providerOptions.settlement.labels` of the call. */
  labels?: Record<string, string> | undefined;
}

/** A filter for records. A record must match all given fields. */
export interface ReceiptQuery {
  /** Holds requested at this time or later. Default: all. */
  from?: Date | undefined;
  /** Holds requested before this time. Default: all. */
  to?: Date | undefined;
  /** The model id. */
  agent?: string | undefined;
  /** The rail's name. */
  rail?: string | undefined;
  /** The currency's code. */
  currency?: string | undefined;
  /** Labels that a record must have, with these values. */
  labels?: Record<string, string> | undefined;
}

/** A store of records. `receiptStore` of `ai-sdk-a2a-settlement/stores` implements it on any storage. */
export interface ReceiptStore {
  /** Stores a record. An existing record is not changed: a fact that two processes report is one record. */
  append(record: SettlementRecord): Promise<void>;
  /** Records in the order in which their holds were requested; records of one hold are adjacent. */
  list(query?: ReceiptQuery): AsyncIterable<SettlementRecord>;
}
