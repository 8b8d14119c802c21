import { InvalidArgumentError } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import type { AtomicStorage } from '../internal/atomic-storage';
import { assertOptions, optionsOf } from '../internal/option-schemas';

/** As much of a storage as is needed: any `unstorage` instance, or an atomic storage. */
export type RecordStorage = Pick<AtomicStorage, 'getItem' | 'getKeys' | 'setItem'> &
  Partial<Pick<AtomicStorage, 'setItemIfAbsent'>>;

/** One kind of records, each found on the day of what it is about. */
interface RecordKind<RECORD> {
  /** Two words: `a2a-receipt:`. */
  prefix: string;
  /** What a stored value says. Undefined for what is no such record. */
  read: (value: unknown) => RECORD | undefined;
}

interface Range {
  from?: Date | undefined;
  to?: Date | undefined;
}

/**
 * A store of records of one kind. Made where it is called, and not where its module is loaded: who imports
 * another store alone need not have the schemas.
 *
 * @throws InvalidArgumentError for what is no storage.
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
    /** The function that makes the store. */
    of: string;
    keyOf: (record: RECORD) => string;
    /** What a query may have. What each filter must be is said where it is read. */
    filters: z.ZodType<QUERY>;
    filterOf: (query: QUERY) => (record: RECORD) => boolean;
    /** The order of records that are about the same. */
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
      // Before anything is read: a filter that is not heard would let all records through.
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
 * The same for all who tell of one fact, so that it is one record in any storage. Without `:` but for the
 * day: storages use it to nest keys.
 *
 * @param at ISO 8601, UTC: when that began which the record is about.
 * @param subject without `-`.
 */
export function recordKey(prefix: string, at: string, subject: string, fact: string): string {
  const [day = '', time = ''] = at.split('T');
  return `${prefix}${day}:${time.replaceAll(/\D/g, '')}-${subject}-${fact}`;
}

/** Writes a record down, unless it is there. */
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
  // A process that died while it wrote a file has left half a record.
  if (read(await storage.getItem(key)) === undefined) await storage.setItem(key, value);
}

/** The records of a range, about a hundred at a time, in the order of what they are about. */
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

/** The keys of one day after the other, in the order of what they are about. */
async function* keysOfDays(
  storage: RecordStorage,
  prefix: string,
  { from, to }: Range,
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

/** About a hundred at a time. The records of one subject stay together. */
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

/** Time and subject, of a key. */
function subjectOf(key: string): string {
  return key.split('-', 5).join('-');
}

/** @throws InvalidArgumentError for what is no date. */
export function timeOf(date: Date | undefined, argument: 'from' | 'to'): string | undefined {
  if (date === undefined) return undefined;
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date.toISOString();
  throw new InvalidArgumentError({ argument, message: `\`${argument}\` must be a valid Date.` });
}

/** @throws InvalidArgumentError for what is no storage. */
function assertStorage(storage: unknown, of: string): void {
  const methods = ['getItem', 'setItem', 'getKeys'];
  const target = typeof storage === 'object' && storage !== null ? storage : {};
  const missing = methods.filter((name) => typeof Reflect.get(target, name) !== 'function');
  if (missing.length === 0) return;
  throw new InvalidArgumentError({
    argument: 'storage',
    message: `${of} needs a storage: an unstorage instance, or an atomic storage such as redisStorage({ client }). This one has no ${missing.join(', ')}.`,
  });
}
