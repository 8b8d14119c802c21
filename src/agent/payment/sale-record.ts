/**
 * An event of a payment to an agent.
 *
 * - `refused`: it was not valid, and no work was done.
 * - `verified`: it is valid, and the agent works. Once per payment.
 * - `worked`: the work is done.
 * - `settled`: the agent has received the payment; `amount` is the received amount.
 * - `owed`: the payer has not released it yet; `reconcile` records the outcome.
 * - `unsettled`: it could not be captured, and withheld output was not sent.
 * - `refunded`: the work failed or was canceled, and nothing was charged; locked money was returned.
 * - `unresolved`: the process was terminated during the capture. Check the ledger.
 */
export type SaleFact =
  | 'refused'
  | 'verified'
  | 'worked'
  | 'settled'
  | 'owed'
  | 'unsettled'
  | 'refunded'
  | 'unresolved';

/** One event of one payment to an agent, as stored. Contains no credential and no content. */
export interface SaleRecord {
  /** The id of the payment: a digest, identical in all of its records. */
  sale: string;
  event: SaleFact;
  /** The time of the event: ISO 8601, UTC. */
  at: string;
  /** When the payment was first received: ISO 8601, UTC. All of its records are stored under this day. */
  begunAt: string;
  rail: string;
  taskId: string;
  /** A decimal string. Undefined for `refused`, since its claims are not verified. */
  amount?: string | undefined;
  currency?: string | undefined;
  payer?: string | undefined;
  /** The ledger transaction that moved the money. */
  transaction?: string | undefined;
  /** An error code of the rail. */
  reason?: string | undefined;
}

export interface SaleQuery {
  /** Payments whose `begunAt` is at or after this time. Default: all. */
  from?: Date | undefined;
  /** Payments whose `begunAt` is before this time. Default: all. */
  to?: Date | undefined;
  rail?: string | undefined;
  currency?: string | undefined;
}

/**
 * Stores the sale records of an agent: `saleStore` of `ai-sdk-a2a-settlement/stores`, or your own
 * implementation.
 */
export interface SaleStore {
  /** Must be idempotent: may be called repeatedly with one record, also by several processes. */
  append(record: SaleRecord): Promise<void>;
  /** The matching records, ordered by `begunAt` of their payments. */
  list(query?: SaleQuery): AsyncIterable<SaleRecord>;
}
