import * as z from 'zod/v4';
import type { SaleQuery, SaleRecord, SaleStore } from '../agent/payment/sale-record';
import { optionsOf } from '../internal/option-schemas';
import { parseStored } from '../internal/parse-stored';
import { createRecordStore, recordKey, type RecordStorage, timeOf } from './day-records';
import { isAmount } from './is-amount';

export interface SaleStoreOptions {
  /** Where the records are: one that outlives the process, and that all of the agent's machines share. */
  storage: RecordStorage;
}

/**
 * The books of an agent that is paid: what was verified, worked for, settled and given back, for as long as
 * the storage keeps it. Nothing in it is ever changed or removed.
 *
 * `append` and `list` pass on whatever the storage throws. Entries that cannot be read, such as those
 * of later versions, are left out of lists.
 *
 * @throws InvalidArgumentError for what is no storage.
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

// What a filter must be is said where it is read.
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

/** A sale ends once, whoever tells of it first. */
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

/** A record as it comes out of a storage. Undefined for what is none. */
function readSaleRecord(value: unknown): SaleRecord | undefined {
  schema ??= createSchema();
  return schema.safeParse(parseStored(value)).data;
}

// Not made where this module is loaded: who imports another store alone need not have it.
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
