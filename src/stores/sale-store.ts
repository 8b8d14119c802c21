import * as z from 'zod/v4';
import type { SaleQuery, SaleRecord, SaleStore } from '../agent/payment/sale-record';
import { optionsOf } from '../internal/option-schemas';
import { parseStored } from '../internal/parse-stored';
import { createRecordStore, recordKey, type RecordStorage, timeOf } from './day-records';
import { isAmount } from '../internal/is-amount';

export interface SaleStoreOptions {
  /** The storage of the records. It must be persistent, and shared by all of the agent's machines. */
  storage: RecordStorage;
}

/**
 * A store of an agent's sale records: what was verified, worked for, settled and refunded, as long as the
 * storage keeps it. Records are never changed or removed.
 *
 * `append` and `list` throw whatever the storage throws. `list` skips entries that cannot be parsed, such as
 * those of later versions.
 *
 * @throws InvalidArgumentError for an invalid storage.
 *
 * @example
 * ```ts
 * import { acceptExchange, earnings, requirePayment } from 'ai-sdk-a2a-settlement/agent';
 * import { saleStore } from 'ai-sdk-a2a-settlement/stores';
 *
 * const sales = saleStore({ storage });
 * const accepts = [acceptExchange({ exchangeUrl, apiKey, accountId, price: 10 })];
 * const paid = requirePayment(executor, { accepts, sales });
 *
 * console.table(await earnings(sales, { from: new Date('2026-11-01') }));
 * ```
 */
export function saleStore(options: SaleStoreOptions): SaleStore {
  const store = createRecordStore(options, {
    of: 'saleStore',
    prefix,
    read: readSaleRecord,
    keyOf,
    filters: filters(),
    filterOf,
    inOrder,
  });
  return { append: store.append, list: (query = {}) => store.list(query) };
}

// Filters are validated when they are read.
const filters = () =>
  optionsOf<SaleQuery>({
    from: z.custom<Date>(),
    to: z.custom<Date>(),
    rail: z.custom<string>(),
    currency: z.custom<string>(),
  });

const prefix = 'a2a-sold:';

const ranks = {
  refused: 0,
  verified: 1,
  worked: 2,
  owed: 3,
  settled: 4,
  unsettled: 4,
  refunded: 4,
  unresolved: 4,
} as const satisfies Record<SaleRecord['event'], number>;

/** A sale ends once, whichever process reports it. */
function keyOf({ begunAt, event, sale }: SaleRecord): string {
  return recordKey(prefix, begunAt, sale, ranks[event] === 4 ? 'ended' : event);
}

function inOrder(one: SaleRecord, other: SaleRecord): number {
  if (one.begunAt !== other.begunAt) return one.begunAt < other.begunAt ? -1 : 1;
  if (one.sale !== other.sale) return one.sale < other.sale ? -1 : 1;
  return ranks[one.event] - ranks[other.event];
}

function filterOf(query: SaleQuery): (record: SaleRecord) => boolean {
  const [from, to] = [timeOf(query.from, 'from'), timeOf(query.to, 'to')];
  const { currency, rail } = query;
  return (record) =>
    (from === undefined || record.begunAt >= from) &&
    (to === undefined || record.begunAt < to) &&
    (rail === undefined || record.rail === rail) &&
    (currency === undefined || record.currency === currency);
}

let schema: z.ZodType<SaleRecord> | undefined;

/** Parses a stored record. Undefined if it is invalid. */
function readSaleRecord(value: unknown): SaleRecord | undefined {
  schema ??= createSchema();
  return schema.safeParse(parseStored(value)).data;
}

// Created on demand, so that importing another store does not pay for it.
function createSchema() {
  return z.object({
    sale: z.string(),
    event: z.enum([
      'refused',
      'verified',
      'worked',
      'settled',
      'owed',
      'unsettled',
      'refunded',
      'unresolved',
    ]),
    at: z.iso.datetime(),
    begunAt: z.iso.datetime(),
    rail: z.string(),
    taskId: z.string(),
    amount: z
      .string()
      .refine((text) => isAmount(text))
      .optional(),
    currency: z.string().optional(),
    payer: z.string().optional(),
    transaction: z.string().optional(),
    reason: z.string().optional(),
  }) satisfies z.ZodType<SaleRecord>;
}
