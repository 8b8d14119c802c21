import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStorage, receiptStore, redisStorage } from 'ai-sdk-a2a-settlement/stores';
import type {
  ReceiptQuery,
  RecordStorage,
  ReceiptStore,
  SettlementRecord,
} from 'ai-sdk-a2a-settlement/stores';
import fc from 'fast-check';
import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import { afterAll, describe, expect, it, test } from 'vitest';
import { RecordedStorage } from '../settlement/recorded-storage';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'receipts-'));
  folders.push(folder);
  return folder;
}

const onDisk = (base: string) => createStorage({ driver: fsDriver({ base }) });

/** Each connects as a process of its own does. */
const storages: [string, () => Promise<() => RecordStorage>][] = [
  ['atomic, in memory', async () => always(memoryStorage())],
  ['the least there is', async () => always(new RecordedStorage())],
  ['unstorage in memory', async () => always(createStorage())],
  [
    'unstorage on a disk',
    async () => {
      const base = await aFolder();
      return () => onDisk(base);
    },
  ],
  [
    'Redis, as far as it is asked',
    async () => {
      const items = new Map<string, string>();
      return () =>
        redisStorage({ client: async ([name = '', ...rest]) => redis(items, name, rest) });
    },
  ],
];

function always<T>(value: T): () => T {
  return () => value;
}

function redis(items: Map<string, string>, name: string, [key = '', value = '', nx]: string[]) {
  switch (name) {
    case 'GET':
      return items.get(key) ?? null;
    case 'SET':
      if (nx === 'NX' && items.has(key)) return null;
      items.set(key, value);
      return 'OK';
    case 'SCAN':
      return ['0', [...items.keys()].filter((each) => each.startsWith(nx?.slice(0, -1) ?? ''))];
    default:
      throw new Error(name);
  }
}

let count = 0;
function aRecord(given: Partial<SettlementRecord> = {}): SettlementRecord {
  const hold = given.hold ?? (++count).toString(16).padStart(32, '0');
  return {
    hold,
    event: 'held',
    status: 'pending',
    at: '2026-11-21T10:00:00.000Z',
    heldAt: '2026-11-21T10:00:00.000Z',
    agent: 'https://agent.example.com/',
    rail: 'x402',
    taskId: `aisdk-${hold}`,
    escrowId: `0x${hold}`,
    payee: '0xpayee',
    exchangeUrl: 'eip155:84532',
    currency: 'USDC',
    decimals: 18,
    amount: '0.123456789012345678',
    fee: '0',
    expiresAt: '2026-11-21T11:00:00.000Z',
    ...given,
  };
}

async function listed(store: ReceiptStore, query?: ReceiptQuery): Promise<SettlementRecord[]> {
  const records: SettlementRecord[] = [];
  for await (const record of store.list(query)) records.push(record);
  return records;
}

describe.each(storages)('over %s', (_, open) => {
  it('keeps what it is given, to the last digit', async () => {
    const connect = await open();
    const record = aRecord({
      event: 'taken',
      status: 'taken',
      captured: '0.123456789012345679',
      returned: '0',
      durationMs: 12,
      reason: 'aborted',
      proof: [{ transaction: '0xhash', network: 'eip155:84532', confirmedBy: 'ledger' }],
      labels: { team: 'search', '1e3': '0.10' },
    });
    await receiptStore({ storage: connect() }).append(record);
    expect(await listed(receiptStore({ storage: connect() }))).toEqual([record]);
  });

  it('has a fact once that two processes tell of, and the first one counts', async () => {
    const connect = await open();
    const [one, other] = [connect(), connect()].map((storage) => receiptStore({ storage }));
    const released = aRecord({ event: 'released', status: 'released', captured: '0.1' });
    await one?.append(released);
    // By a webhook: its process has another time, and another view.
    await other?.append({ ...released, at: '2026-11-21T10:05:00.000Z' });
    await other?.append({ ...released, event: 'refunded', status: 'refunded', captured: '0' });
    expect(await listed(receiptStore({ storage: connect() }))).toEqual([released]);
  });

  it('has a fact once that many processes tell of at the same moment', async () => {
    const connect = await open();
    const record = aRecord({ event: 'released', status: 'released' });
    const processes = Array.from({ length: 10 }, () => receiptStore({ storage: connect() }));
    await Promise.all(processes.map((store) => store.append(record)));
    expect(await listed(receiptStore({ storage: connect() }))).toEqual([record]);
  });

  it('finds what it is asked for, in order', async () => {
    const connect = await open();
    const store = receiptStore({ storage: connect() });
    const all = [
      aRecord({ heldAt: '2026-10-31T23:59:59.999Z', labels: { team: 'a' } }),
      aRecord({ heldAt: '2026-11-20T10:00:00.000Z', agent: 'b', labels: { team: 'a', user: 'u' } }),
      aRecord({ heldAt: '2026-11-20T10:00:00.001Z', rail: 'exchange', currency: 'ATE' }),
      aRecord({ heldAt: '2026-11-21T00:00:00.000Z', labels: { team: 'b' } }),
    ];
    for (const record of all.toReversed()) await store.append(record);
    const found = async (query?: ReceiptQuery) =>
      (await listed(store, query)).map((record) =>
        all.findIndex(({ hold }) => hold === record.hold),
      );

    expect(await found()).toEqual([0, 1, 2, 3]);
    expect(await found({ from: new Date('2026-11-20T10:00:00.001Z') })).toEqual([2, 3]);
    expect(await found({ to: new Date('2026-11-20T10:00:00.001Z') })).toEqual([0, 1]);
    const [from, to] = [new Date('2026-11-20'), new Date('2026-11-21')];
    expect(await found({ from, to })).toEqual([1, 2]);
    expect(await found({ from: new Date('2020-01-01'), to })).toEqual([0, 1, 2]);
    expect(await found({ from, to: from })).toEqual([]);
    expect(await found({ agent: 'b' })).toEqual([1]);
    expect(await found({ rail: 'exchange' })).toEqual([2]);
    expect(await found({ currency: 'USDC' })).toEqual([0, 1, 3]);
    expect(await found({ labels: { team: 'a' } })).toEqual([0, 1]);
    expect(await found({ labels: { team: 'a', user: 'u' } })).toEqual([1]);
    expect(await found({ agent: 'b', rail: 'exchange' })).toEqual([]);
  });

  it('tells the story of a hold in its order, however often it was kept', async () => {
    const connect = await open();
    const store = receiptStore({ storage: connect() });
    const hold = 'f'.repeat(32);
    const told = [
      ['held', '10:00:00.000'],
      ['kept', '10:01:00.000'],
      ['kept', '10:02:00.000'],
      ['unresolved', '10:03:00.000'],
      ['pending', '10:04:00.000'],
      ['released', '10:05:00.000'],
      ['overcharged', '10:05:00.000'],
    ] as const;
    for (const [event, time] of told.toReversed()) {
      await store.append(aRecord({ hold, event, at: `2026-11-21T${time}Z` }));
    }
    const events = (await listed(store)).map(({ event }) => event);
    expect(events).toEqual(told.map(([event]) => event));
  });
});

test('the records of one hold stay together, whatever the number of others', async () => {
  const store = receiptStore({ storage: memoryStorage() });
  for (let index = 0; index < 130; index++) {
    const hold = `${index}`.padStart(32, '0');
    await store.append(aRecord({ hold, event: 'released', at: '2026-11-21T10:00:02.000Z' }));
    await store.append(aRecord({ hold, event: 'held', at: '2026-11-21T10:00:01.000Z' }));
  }
  const records = await listed(store);
  expect(records).toHaveLength(260);
  expect(records.map(({ event }) => event)).toEqual(
    Array.from({ length: 130 }, () => ['held', 'released']).flat(),
  );
});

test('whoever reads a day does not read years', async () => {
  const storage = new RecordedStorage();
  const store = receiptStore({ storage });
  for (let day = 0; day < 800; day++) {
    const heldAt = new Date(Date.UTC(2025, 0, 1 + day)).toISOString();
    await store.append(aRecord({ heldAt }));
  }
  const asked: string[] = [];
  storage.before = async (call, key) => void asked.push(`${call} ${key}`);
  const day = { from: new Date('2026-02-03'), to: new Date('2026-02-04') };
  expect(await listed(store, day)).toHaveLength(1);
  expect(asked.filter((call) => call.startsWith('get'))).toHaveLength(1);
  expect(asked.filter((call) => call.startsWith('list'))).toEqual(['list a2a-receipt:2026-02-03:']);
  asked.length = 0;
  const many = { from: new Date('2026-01-01'), to: new Date('2026-12-31') };
  expect(await listed(store, many)).toHaveLength(364);
  expect(asked.filter((call) => call.startsWith('list'))).toEqual(['list a2a-receipt:']);
});

test('a reader who stops is not read for', async () => {
  const storage = new RecordedStorage();
  const store = receiptStore({ storage });
  for (let day = 1; day < 10; day++)
    await store.append(aRecord({ heldAt: `2026-11-0${day}T00:00:00.000Z` }));
  const read: string[] = [];
  storage.before = async (call, key) => void (call === 'get' && read.push(key));
  for await (const { heldAt } of store.list()) if (heldAt.startsWith('2026-11-02')) break;
  expect(read).toHaveLength(2);
});

test('half a record of a process that died is written anew, and what is none is left out', async () => {
  const base = await aFolder();
  const store = receiptStore({ storage: onDisk(base) });
  const record = aRecord();
  await store.append(record);
  const day = join(base, 'a2a-receipt', '2026-11-21');
  const [file = ''] = await readdir(day);
  await writeFile(join(day, file), JSON.stringify(record).slice(0, 40));
  await writeFile(join(day, '100000000-x-settled'), '{"event":"paid-by-sunday"}');
  await writeFile(join(day, '100000000-y-settled'), JSON.stringify({ ...record, amount: '-1' }));
  expect(await listed(store)).toEqual([]);
  await store.append(record);
  expect(await listed(store)).toEqual([record]);
});

test('what the storage throws is passed on', async () => {
  const storage = new RecordedStorage();
  const store = receiptStore({ storage });
  storage.before = () => Promise.reject(new Error('no connection'));
  await expect(store.append(aRecord())).rejects.toThrow('no connection');
  await expect(listed(store)).rejects.toThrow('no connection');
});

test.each([[undefined], [{}], [{ getItem: () => {} }], ['redis://…']])(
  '%j is no storage',
  (storage) => {
    expect(() => receiptStore({ storage: storage as never })).toThrow(
      'receiptStore needs a storage',
    );
  },
);

test('a time that is none is refused', async () => {
  const store = receiptStore({ storage: memoryStorage() });
  await expect(listed(store, { from: new Date('yesterday') })).rejects.toThrow('valid Date');
  await expect(listed(store, { to: '2026-11-21' as never })).rejects.toThrow('valid Date');
});

test('any range has what a look at everything would find', async () => {
  const start = Date.UTC(2026, 0, 1);
  const minutes = fc.integer({ min: 0, max: 60 * 24 * 60 });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(minutes, { maxLength: 30 }),
      minutes,
      minutes,
      async (held, one, other) => {
        const store = receiptStore({ storage: memoryStorage() });
        const at = (minute: number) => new Date(start + minute * 60_000);
        for (const minute of held)
          await store.append(aRecord({ heldAt: at(minute).toISOString() }));
        const found = await listed(store, { from: at(one), to: at(other) });
        expect(found.map(({ heldAt }) => heldAt)).toEqual(
          held
            .filter((minute) => minute >= one && minute < other)
            .sort((a, b) => a - b)
            .map((minute) => at(minute).toISOString()),
        );
      },
    ),
    { numRuns: 100 },
  );
});
