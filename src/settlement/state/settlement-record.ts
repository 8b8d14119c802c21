import type { Proof } from '../../rails/rail';
import type { SettlementReceipt } from './settlement-receipt';

/**
 * What became known of a hold.
 *
 * - `held`, `kept`, `taken`, `disputed`, `unresolved`: as the events of these names.
 * - `released`, `refunded`: as the events; `status` tells a part, and `late`.
 * - `overcharged`: beside `released` or `taken`. What it says of `captured` is said there already.
 * - `pending`: the agent has not taken it, and may until `expiresAt`.
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

/** One fact of one hold, as a store of receipts keeps it. Holds no key, no prompt and no answer. */
export interface SettlementRecord {
  /** Stands for the hold: the same in all of its records. */
  hold: string;
  event: SettlementFact;
  /** As in the receipt. */
  status: SettlementReceipt['status'];
  /** When it became known: ISO 8601, UTC, by the clock of who wrote it down. */
  at: string;
  /**
   * When the hold was asked for: ISO 8601, UTC. It says on which day all records of the hold are found. Of
   * holds that an older version made: when they lapse.
   */
  heldAt: string;
  /** Milliseconds from the hold to the settlement. Left out before that, and for holds of older versions. */
  durationMs?: number | undefined;
  /** The model id. Left out where nobody knows it any more. */
  agent?: string | undefined;
  /** The rail's name. */
  rail: string;
  /** Of the hold, on the ledger. */
  taskId: string;
  escrowId: string;
  /** The payee's account. */
  payee: string;
  exchangeUrl: string;
  currency: string;
  /** The most places that an amount of the currency has. */
  decimals: number;
  /** Held for the payee. This and all amounts: a decimal text. */
  amount: string;
  /** What the ledger takes on top. */
  fee: string;
  /** What the payee got. */
  captured?: string | undefined;
  /** What came back to the payer. */
  returned?: string | undefined;
  /** `disputed`: what is put up beside the hold. */
  stake?: string | undefined;
  /** When the hold lapses, or until when the agent may take it: ISO 8601, UTC. */
  expiresAt: string;
  /** Why it was refunded or disputed, or was to be. */
  reason?: string | undefined;
  /** `unresolved`: the code of what stood in the way. */
  error?: string | undefined;
  /** Where the payment can be seen, and who confirmed it. */
  proof?: Proof[] | undefined;
  /** `providerOptions.settlement.labels` of the call. */
  labels?: Record<string, string> | undefined;
}

/** Which records are wanted: those that fit all that is given. */
export interface ReceiptQuery {
  /** Of holds that were asked for at this time, or later. Default: all. */
  from?: Date | undefined;
  /** Of holds that were asked for before this time. Default: all. */
  to?: Date | undefined;
  /** The model id. */
  agent?: string | undefined;
  /** The rail's name. */
  rail?: string | undefined;
  /** The currency's code. */
  currency?: string | undefined;
  /** Labels that a record has, with these values. */
  labels?: Record<string, string> | undefined;
}

/** Where records are kept. `receiptStore` of `ai-sdk-a2a-settlement/stores` is one over any storage. */
export interface ReceiptStore {
  /** Keeps a record. One that is there stays as it is: a fact that two processes tell of is one record. */
  append(record: SettlementRecord): Promise<void>;
  /** Records in the order in which their holds were asked for; those of one hold follow one another. */
  list(query?: ReceiptQuery): AsyncIterable<SettlementRecord>;
}
