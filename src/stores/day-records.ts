import { InvalidArgumentError } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import type { AtomicStorage } from '../internal/atomic-storage';
import { assertOptions, optionsOf } from '../internal/option-schemas';

/** The methods of a storage that are needed: any `unstorage` instance, or an atomic storage. */
export type RecordStorage = Pick<AtomicStorage, 'getItem' | 'getKeys' | 'setItem'> &
  Partial<Pick<AtomicStorage, 'setItemIfAbsent'>>;

/** One kind of records, stored by the day of their subject. */
interface RecordKind<RECORD> {
  /** A prefix such as `a2a-receipt:`. */
  prefix: string;
  /** Parses a stored value. Undefined if it is not such a record. */
  read: (value: unknown) => RECORD | undefined;
}

interface Range {
  from?: Date | undefined;
  to?: Date | undefined;
}

/**
 * Creates a store of records of one kind. The schemas are created when this is called, not when the module is
 * loaded.
 *
 * @throws InvalidArgumentError for an invalid storage.
 */
export function createRecordStore<RECORD, QUERY extends Range>(
  options: { storage: RecordStorage },
  {
    of,
    filterOf,
    filters,
    inOrder,
    keyOf,
    ...kind
  }: RecordKind<RECORD> & {
    /** The name of the function that creates the store. */
    of: string;
    keyOf: (record: RECORD) => string;
    /** The schema of a query. Filters are validated when they are read. */
    filters: z.ZodType<QUERY>;
    filterOf: (query: QUERY) => (record: RECORD) => boolean;
    /** The order of records with the same subject. */
    inOrder: (one: RECORD, other: RECORD) => number;
  },
) {
  const schema = optionsOf<{ storage: RecordStorage }>({ storage: z.custom<RecordStorage>() });
  assertOptions(schema, options, { of });
  const { storage } = options;
  assertStorage(storage, of);
  return {
    append: (record: RECORD) => appendRecord(storage, keyOf(record), record, kind),
    list(query: QUERY): AsyncIterable<RECORD> {
      // Validated before reading: an unknown filter would otherwise be ignored and match all records.
      assertOptions(filters, query, { of: 'list' });
      return list(query);
    },
  };

  async function* list(query: QUERY) {
    const isWanted = filterOf(query);
    for await (const page of listPages(storage, kind, query)) {
      yield* page.filter(isWanted).sort(inOrder);
    }
  }
}

/**
 * The storage key of a record. It is identical for all processes that store the same event, so that it is
 * stored once. Contains `:` only after prefix and day, since storages nest keys by `:`.
 *
 * @param at ISO 8601, UTC: when the subject of the record started.
 * @param subject must not contain `-`.
 */
export function recordKey(prefix: string, at: string, subject: string, fact: string): string {
  const [day = '', time = ''] = at.split('T');
  return `${prefix}${day}:${time.replaceAll(/\D/g, '')}-${subject}-${fact}`;
}

/** Stores a record unless it exists. */
async function appendRecord<RECORD>(
  storage: RecordStorage,
  key: string,
  record: RECORD,
  { read }: Pick<RecordKind<RECORD>, 'read'>,
): Promise<void> {
  const value = JSON.stringify(record);
  if (storage.setItemIfAbsent !== undefined) {
    await storage.setItemIfAbsent(key, value);
    return;
  }
  // A terminated process may have written an incomplete record.
  if (read(await storage.getItem(key)) === undefined) await storage.setItem(key, value);
}

/** The records of a range in pages of about a hundred, in the order of their subjects. */
async function* listPages<RECORD>(
  storage: RecordStorage,
  { prefix, read }: RecordKind<RECORD>,
  range: Range,
): AsyncIterable<RECORD[]> {
  for await (const keys of keysOfDays(storage, prefix, range)) {
    for (const page of pagesOf(keys)) {
      const values = await Promise.all(page.map((key) => storage.getItem(key)));
      yield values.map(read).filter((record) => record !== undefined);
    }
  }
}

/** The keys by day, in the order of their subjects. */
async function* keysOfDays(
  storage: RecordStorage,
  prefix: string,
  { from, to }: Range,
): AsyncIterable<string[]> {
  // Without an end, includes tomorrow: a clock may be up to a day fast.
  const lastMs = to === undefined ? Date.now() + dayMs : to.getTime() - 1;
  if (from !== undefined && lastMs - from.getTime() < mostDays * dayMs) {
    for (let time = from.getTime(); dayOf(time) <= dayOf(lastMs); time += dayMs) {
      const base = `${prefix}${dayOf(time)}:`;
      yield (await storage.getKeys(base)).filter((key) => key.startsWith(base)).sort();
    }
    return;
  }
  // Many storages scan all keys for each listing, so a long range is listed once.
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

/** Pages of about a hundred keys. Records of one subject stay together. */
function* pagesOf(keys: string[]): Iterable<string[]> {
  let page: string[] = [];
  for (const key of keys) {
    if (page.length >= pageSize && subjectOf(key) !== subjectOf(page.at(-1) ?? '')) {
      yield page;
      page = [];
    }
    page.push(key);
  }
  yield page;
}

const pageSize = 100;

/** The time and subject in a key. */
function subjectOf(key: string): string {
  return key.split('-', 5).join('-');
}

/** @throws InvalidArgumentError for an invalid date. */
export function timeOf(date: Date | undefined, argument: 'from' | 'to'): string | undefined {
  if (date === undefined) return undefined;
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date.toISOString();
  throw new InvalidArgumentError({ argument, message: `\`${argument}\` must be a valid Date.` });
}

/** @throws InvalidArgumentError for an invalid storage. */
function assertStorage(storage: unknown, of: string): void {
  const methods = ['getItem', 'setItem', 'getKeys'];
  const target = typeof storage === 'object' && storage !== null ? storage : {};
  const missing = methods.filter((name) => typeof Reflect.get(target, name) !== 'function');
  if (missing.length === 0) return;
  throw new InvalidArgumentError({
    argument: 'storage',
    message: `${of} needs a storage: an unstorage instance, or an atomic storage such as redisStorage({ client }). This one is missing ${missing.join(', ')}.`,
  });
}
