/**
 * What became known of a payment to an agent.
 *
 * - `refused`: it was not valid, and no work was done.
 * - `verified`: it is valid, and the agent works. Once for each payment.
 * - `worked`: the work is done.
 * - `settled`: the agent has what it is owed; `amount` is what it got.
 * - `owed`: the payer has not released it yet; `reconcile` writes what became of it.
 * - `unsettled`: it could not be taken, and what was held back was not shown.
 * - `refunded`: the work failed or was canceled, and nothing was charged; what was locked was given back.
 * - `unresolved`: the process died while it was taken. Look at the ledger.
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

/** One fact of one payment to an agent, as its books keep it. Holds no credential and no content. */
export interface SaleRecord {
  /** The id of the payment in the books: a digest, the same in all of its records. */
  sale: string;
  event: SaleFact;
  /** When it became known: ISO 8601, UTC. */
  at: string;
  /** When the payment was first shown: ISO 8601, UTC. It says on which day all of its records are found. */
  begunAt: string;
  rail: string;
  taskId: string;
  /** A decimal text. Left out for `refused`: its claims are not known to be true. */
  amount?: string | undefined;
  currency?: string | undefined;
  payer?: string | undefined;
  /** The transaction on the ledger that moved it. */
  transaction?: string | undefined;
  /** A code of the rail. */
  reason?: string | undefined;
}

export interface SaleQuery {
  /** Payments whose `begunAt` is this or later. Default: all. */
  from?: Date | undefined;
  /** Payments whose `begunAt` is earlier than this. Default: all. */
  to?: Date | undefined;
  rail?: string | undefined;
  currency?: string | undefined;
}

/** Where the books of an agent are kept: `saleStore` of `ai-sdk-a2a-settlement/stores`, or your own. */
export interface SaleStore {
  /** May be called with one record more than once, also by two processes. */
  append(record: SaleRecord): Promise<void>;
  /** The records that fit, in the order in which their payments were shown. */
  list(query?: SaleQuery): AsyncIterable<SaleRecord>;
}
