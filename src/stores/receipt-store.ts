import * as z from 'zod/v4';
import { optionsOf } from '../internal/option-schemas';
import type {
  ReceiptQuery,
  ReceiptStore,
  SettlementRecord,
} from '../settlement/state/settlement-record';
import { createRecordStore, recordKey, type RecordStorage, timeOf } from './day-records';
import { readRecord } from './read-record';

export interface ReceiptStoreOptions {
  /** The storage of the records. It must be persistent, and shared by all of your processes. */
  storage: RecordStorage;
}

/**
 * A store of receipts: what was held, released, refunded, kept and taken, as long as the storage keeps it.
 * Records are never changed or removed.
 *
 * `append` and `list` throw whatever the storage throws. `list` skips entries that cannot be parsed, such as
 * those of later versions.
 *
 * @throws InvalidArgumentError for an invalid storage.
 *
 * @example
 * ```ts
 * import { receiptStore } from 'ai-sdk-a2a-settlement/stores';
 *
 * const receipts = receiptStore({ storage });
 * const settlement = createSettlement({ receipts });
 *
 * for await (const { agent, captured, currency, event } of receipts.list({ from: new Date('2026-11-01') })) {
 *   if (event === 'released' || event === 'taken') log({ agent, captured, currency });
 * }
 * ```
 */
export function receiptStore(options: ReceiptStoreOptions): ReceiptStore {
  const store = createRecordStore(options, {
    of: 'receiptStore',
    prefix,
    read: readRecord,
    keyOf,
    filters: filters(),
    filterOf,
    inOrder,
  });
  return { append: store.append, list: (query = {}) => store.list(query) };
}

const prefix = 'a2a-receipt:';

// Filters are validated when they are read.
const filters = () =>
  optionsOf<ReceiptQuery>({
    from: z.custom<Date>(),
    to: z.custom<Date>(),
    agent: z.custom<string>(),
    rail: z.custom<string>(),
    currency: z.custom<string>(),
    labels: z.custom<Record<string, string>>(),
  });

/** A hold ends once, but may be kept several times. */
function keyOf({ at, event, heldAt, hold }: SettlementRecord): string {
  const isEnd = event === 'released' || event === 'refunded' || event === 'taken';
  const fact = isEnd ? 'settled' : event === 'kept' ? `kept-${Date.parse(at)}` : event;
  return recordKey(prefix, heldAt, hold, fact);
}

function inOrder(one: SettlementRecord, other: SettlementRecord): number {
  const keys = (record: SettlementRecord) => [
    record.heldAt,
    record.hold,
    record.at,
    rankOf(record),
  ];
  const others = keys(other);
  for (const [index, key] of keys(one).entries()) {
    const against = others[index] ?? '';
    if (key !== against) return key < against ? -1 : 1;
  }
  return 0;
}

/** The order of events within one millisecond. */
function rankOf({ event }: SettlementRecord): string {
  return event === 'held' ? '0' : event === 'overcharged' ? '2' : '1';
}

function filterOf(query: ReceiptQuery): (record: SettlementRecord) => boolean {
  const [from, to] = [timeOf(query.from, 'from'), timeOf(query.to, 'to')];
  const labels = Object.entries(query.labels ?? {});
  const { agent, currency, rail } = query;
  return (record) =>
    (from === undefined || record.heldAt >= from) &&
    (to === undefined || record.heldAt < to) &&
    (agent === undefined || record.agent === agent) &&
    (rail === undefined || record.rail === rail) &&
    (currency === undefined || record.currency === currency) &&
    labels.every(([name, value]) => record.labels?.[name] === value);
}
