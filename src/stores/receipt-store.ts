import { InvalidArgumentError } from '@ai-sdk/provider';
import { z } from 'zod/v4';
import type { AtomicStorage } from '../internal/atomic-storage';
import { assertOptions, optionsOf } from '../internal/option-schemas';
import type {
  ReceiptQuery,
  ReceiptStore,
  SettlementRecord,
} from '../settlement/receipts/settlement-record';
import { readRecord } from './read-record';

/** As much of a storage as is needed: any `unstorage` instance, or an atomic storage. */
export type ReceiptStorage = Pick<AtomicStorage, 'getItem' | 'getKeys' | 'setItem'> &
  Partial<Pick<AtomicStorage, 'setItemIfAbsent'>>;

export interface ReceiptStoreOptions {
  /** Where the records are: one that outlives the process, and that all of your processes share. */
  storage: ReceiptStorage;
}

/**
 * A store of receipts: what was held, released, refunded, kept and taken, for as long as the storage
 * keeps it. Nothing in it is ever changed or removed.
 *
 * `append` and `list` pass on whatever the storage throws. Entries that cannot be read, such as those
 * of later versions, are left out of lists.
 *
 * @throws InvalidArgumentError for what is no storage.
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
  assertOptions(storeOptions, options, { of: 'receiptStore' });
  const { storage } = options;
  assertStorage(storage);
  return {
    async append(record) {
      const key = keyOf(record);
      const value = JSON.stringify(record);
      if (storage.setItemIfAbsent !== undefined) {
        await storage.setItemIfAbsent(key, value);
        return;
      }
      // A process that died while it wrote a file has left half a record.
      if (readRecord(await storage.getItem(key)) === undefined) await storage.setItem(key, value);
    },

    list(query = {}) {
      // Before anything is read: a filter that is not heard would let all records through.
      assertOptions(filters, query, { of: 'list' });
      return listRecords(storage, query);
    },
  };
}

async function* listRecords(storage: ReceiptStorage, query: ReceiptQuery) {
  const isWanted = filterOf(query);
  for await (const keys of keysOfDays(storage, query)) {
    for (const page of pagesOf(keys)) {
      const values = await Promise.all(page.map((key) => storage.getItem(key)));
      const records = values.map(readRecord).filter((record) => record !== undefined);
      yield* records.filter(isWanted).sort(inOrder);
    }
  }
}

const storeOptions = optionsOf<ReceiptStoreOptions>({ storage: z.custom<ReceiptStorage>() });

// What a filter must be is said where it is read.
const filters = optionsOf<ReceiptQuery>({
  from: z.custom<Date>(),
  to: z.custom<Date>(),
  agent: z.custom<string>(),
  rail: z.custom<string>(),
  currency: z.custom<string>(),
  labels: z.custom<Record<string, string>>(),
});

const prefix = 'a2a-receipt:';

/**
 * The same for all who tell of one fact, so that it is one record in any storage. Without `:` but for the
 * day: storages use it to nest keys. A hold ends once, and may be kept more than once.
 */
function keyOf({ at, event, heldAt, hold }: SettlementRecord): string {
  const [day = '', time = ''] = heldAt.split('T');
  const isEnd = event === 'released' || event === 'refunded' || event === 'taken';
  const fact = isEnd ? 'settled' : event === 'kept' ? `kept-${Date.parse(at)}` : event;
  return `${prefix}${day}:${time.replaceAll(/\D/g, '')}-${hold}-${fact}`;
}

/** The keys of one day after the other, in the order of their holds. */
async function* keysOfDays(
  storage: ReceiptStorage,
  { from, to }: ReceiptQuery,
): AsyncIterable<string[]> {
  // Without an end: a clock that is fast is a day ahead at most.
  const lastMs = to === undefined ? Date.now() + dayMs : to.getTime() - 1;
  if (from !== undefined && lastMs - from.getTime() < mostDays * dayMs) {
    for (let time = from.getTime(); dayOf(time) <= dayOf(lastMs); time += dayMs) {
      const base = `${prefix}${dayOf(time)}:`;
      yield (await storage.getKeys(base)).filter((key) => key.startsWith(base)).sort();
    }
    return;
  }
  // Many storages look through all of their keys for each list: it is one then.
  const days = new Map<string, string[]>();
  const [first, last] = [from && dayOf(from.getTime()), to && dayOf(lastMs)];
  for (const key of await storage.getKeys(prefix)) {
    const day = key.slice(prefix.length, prefix.length + 'YYYY-MM-DD'.length);
    if (!key.startsWith(prefix) || (first ?? day) > day || (last ?? day) < day) continue;
    const keys = days.get(day) ?? [];
    days.set(day, keys);
    keys.push(key);
  }
  for (const day of [...days.keys()].sort()) yield (days.get(day) ?? []).sort();
}

const dayMs = 24 * 60 * 60_000;
const mostDays = 31;

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

/** About a hundred at a time. The records of a hold stay together. */
function* pagesOf(keys: string[]): Iterable<string[]> {
  let page: string[] = [];
  for (const key of keys) {
    if (page.length >= pageSize && holdOf(key) !== holdOf(page.at(-1) ?? '')) {
      yield page;
      page = [];
    }
    page.push(key);
  }
  yield page;
}

const pageSize = 100;

/** Time and hold, of a key. */
function holdOf(key: string): string {
  return key.split('-', 5).join('-');
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

/** Within one millisecond. */
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

function timeOf(date: Date | undefined, argument: 'from' | 'to'): string | undefined {
  if (date === undefined) return undefined;
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date.toISOString();
  throw new InvalidArgumentError({ argument, message: `\`${argument}\` must be a valid Date.` });
}

function assertStorage(storage: unknown): void {
  const methods = ['getItem', 'setItem', 'getKeys'];
  const target = typeof storage === 'object' && storage !== null ? storage : {};
  const missing = methods.filter((name) => typeof Reflect.get(target, name) !== 'function');
  if (missing.length === 0) return;
  throw new InvalidArgumentError({
    argument: 'storage',
    message: `receiptStore needs a storage: an unstorage instance, or an atomic storage such as redisStorage({ client }). This one has no ${missing.join(', ')}.`,
  });
}
