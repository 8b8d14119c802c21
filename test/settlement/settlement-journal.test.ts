import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import memoryDriver from 'unstorage/drivers/memory';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createSettlement } from '../../src/index';
import { SettlementJournal } from '../../src/settlement/state/settlement-journal';
import { type JournalEntry } from '../../src/settlement/state/journal-entry';
import { aSettlement } from './a-settlement';
import { failure, FakeRail } from './fake-rail';
import { entries } from './journal-entries';
import { journalPrefix, RecordedStorage } from './recorded-storage';
import { promptAfter, ScriptedAgent } from './scripted-agent';

const { held, kept, lost, settling, working } = entries;
const hold = new FakeRail().put({ taskId: 'aisdk-1' });
const other = new FakeRail().put({ taskId: 'aisdk-2' });

let storage: RecordedStorage;
let journal: SettlementJournal;
beforeEach(() => {
  storage = new RecordedStorage();
  journal = new SettlementJournal(storage);
});

const tear = (stage: string, taskId = 'aisdk-1') =>
  storage.items.set(`${journalPrefix}${taskId}.${stage}`, '{"agent":"agent","at":10000');

describe('of the stages of a hold the last is told', () => {
  const told: [string, JournalEntry[], number][] = [
    ['held', [held(hold)], 0],
    ['working', [held(hold), working(hold)], 1],
    ['kept', [held(hold), working(hold), kept(hold)], 2],
    ['the next turn of a kept task', [kept(hold), working(hold, { at: 1_000_001 })], 1],
    ['kept again', [working(hold, { at: 1_000_001 }), kept(hold, { at: 1_000_002 })], 1],
    ['held after it was lost', [lost('aisdk-1'), held(hold)], 1],
    ['settling', [held(hold), working(hold), settling(hold)], 2],
    ['settling, whatever is later', [settling(hold), kept(hold, { at: 1_000_001 })], 0],
    ['settling, first of all', [settling(hold), working(hold, { at: 9_000_000 }), kept(hold)], 0],
  ];
  test.each(told)('%s', async (_, written, last) => {
    for (const order of [written, [...written].reverse()]) {
      storage.items.clear();
      for (const entry of order) await journal.put(entry);
      expect(await journal.list()).toEqual({ entries: [written[last]], torn: [] });
    }
  });

  test('each hold has its own', async () => {
    await journal.put(settling(hold));
    await journal.put(held(other));
    expect((await journal.list()).entries).toEqual([settling(hold), held(other)]);
  });

  test.each<[string, JournalEntry]>([
    ['a part', settling(hold, { type: 'release', amount: 4 })],
    [
      'a price that hangs on the skill of the answer',
      working(hold, {
        work: {
          metering: {
            of: 'skill',
            prices: {
              look: { of: 'requests', baseTokens: 2, per: 1 },
              watch: { of: 'units', baseTokens: 3, per: 100 },
            },
          },
        },
      }),
    ],
    ['a refund', settling(hold, { type: 'refund', reason: 'aborted' })],
    ['a dispute', settling(hold, { type: 'dispute', reason: 'verification-failed', stake: 12 })],
    [
      'the metering',
      kept(hold, {
        work: { earlierMs: 7, metering: { of: 'units', baseTokens: 3, per: 1000 } },
      }),
    ],
    ['a lost hold', lost('aisdk-1')],
  ])('it comes back as it was: %s', async (_, entry) => {
    await journal.put(entry);
    expect((await journal.list()).entries).toEqual([entry]);
  });
});

describe('what a crash tore', () => {
  test.each(['working', 'kept', 'settling'])('%s: the stage before it is told', async (stage) => {
    await journal.put(held(hold));
    tear(stage);
    expect(await journal.list()).toEqual({ entries: [held(hold)], torn: [] });
  });

  test('is listed where nothing else is known of a hold', async () => {
    tear('held');
    tear('working');
    await journal.put(held(other));
    storage.items.set(`${journalPrefix}aisdk-3.held`, '');
    expect(await journal.list()).toEqual({ entries: [held(other)], torn: ['aisdk-1', 'aisdk-3'] });
  });

  test('goes when the hold is removed', async () => {
    await journal.put(held(hold));
    tear('settling');
    await journal.remove('aisdk-1');
    expect([...storage.items]).toEqual([]);
  });
});

test('reads a large journal a hundred keys at once', async () => {
  const holds = Array.from({ length: 250 }, (_, at) =>
    new FakeRail().put({ taskId: `aisdk-${at}` }),
  );
  for (const each of holds) await journal.put(held(each));
  let [atOnce, most] = [0, 0];
  storage.before = async () => {
    most = Math.max(most, ++atOnce);
    await new Promise(setImmediate);
    atOnce--;
  };
  const { entries: found } = await journal.list();
  expect([found.length, most]).toEqual([250, 100]);
});

describe('entries of other versions', () => {
  test.each([
    ['another stage', { type: 'paid-by-sunday', hold: 1 }],
    ['a field that is missing', { ...working(hold), work: undefined }],
    ['an action of another kind', { ...settling(hold), action: { type: 'split', among: 3 } }],
    ['no object', null],
  ])('are left alone: %s', async (_, entry) => {
    storage.items.set(`${journalPrefix}aisdk-1.other`, JSON.stringify(entry));
    expect(await journal.list()).toEqual({ entries: [], torn: [] });
    const { settlement } = aSettlement({ storage });
    expect(await settlement.reconcile()).toEqual({ settled: [], open: [], unresolved: [] });
    expect([...storage.items.keys()]).toEqual([`${journalPrefix}aisdk-1.other`]);
  });

  test('are not torn, even beside what is', async () => {
    storage.items.set(`${journalPrefix}aisdk-1.other`, '{"type":"paid-by-sunday"}');
    tear('held');
    expect(await journal.list()).toEqual({ entries: [], torn: [] });
  });

  test('what is no entry at all is not looked at', async () => {
    storage.items.set('someone-elses:key', '{');
    expect(await journal.list()).toEqual({ entries: [], torn: [] });
  });
});

describe('order', () => {
  /** The longer a storage works, the later it was to. */
  const slowed = (delays: number[]) => {
    storage.before = () => new Promise((resolve) => setTimeout(resolve, delays.shift() ?? 0));
  };

  test('a removal does not overtake a put', async () => {
    slowed([20, 0, 0, 0, 0, 0]);
    await Promise.all([journal.put(held(hold)), journal.remove('aisdk-1')]);
    expect([...storage.items]).toEqual([]);
  });

  test('nor one put another', async () => {
    slowed([20, 0]);
    const [first, second] = [kept(hold), kept(hold, { at: 1_000_001 })];
    await Promise.all([journal.put(first), journal.put(second)]);
    expect((await journal.list()).entries).toEqual([second]);
  });

  test('of two holds neither waits for the other', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let calls = 0;
    storage.before = () => (calls++ === 0 ? promise : Promise.resolve());
    const slow = journal.put(held(hold));
    await journal.put(held(other));
    expect((await journal.list()).entries).toEqual([held(other)]);
    resolve();
    await slow;
  });

  test('a put that fails is thrown, and keeps nothing from being removed', async () => {
    await journal.put(held(hold));
    storage.before = async (call) => {
      if (call === 'set') throw new Error('no space left');
    };
    const writes = await Promise.allSettled([
      journal.put(working(hold)),
      journal.remove('aisdk-1'),
    ]);
    expect(writes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect([...storage.items]).toEqual([]);
  });

  test('what was decided is removed last', async () => {
    await journal.put(held(hold));
    await journal.put(settling(hold));
    storage.before = async (call, key) => {
      if (call === 'remove' && key.endsWith('.held')) throw new Error('power cut');
    };
    await expect(journal.remove('aisdk-1')).rejects.toThrow('power cut');
    expect((await journal.list()).entries).toEqual([settling(hold)]);
  });

  test('what was removed since its key was read is no entry', async () => {
    await journal.put(held(hold));
    storage.before = async (call) => {
      if (call === 'get') storage.items.clear();
    };
    expect(await journal.list()).toEqual({ entries: [], torn: [] });
  });
});

test('no prompt, no answer and no key is ever written', async () => {
  const secrets = ['the question', 'the answer', 'the report', 'the key', 'the caption'];
  const agent = new ScriptedAgent(
    { state: 'input-required', text: 'the answer', metadata: { note: 'the report' } },
    { text: 'the answer', metadata: { note: 'the report' } },
  );
  const { model, names, rail, settlement } = aSettlement({
    agent,
    storage,
    options: { journal: { writeAhead: true } },
  });
  rail.key = 'the key';
  rail.failures.release.push(failure('FORBIDDEN'));
  const prompt = promptAfter();
  prompt.unshift({ role: 'system', content: 'the question' });
  const headers = { authorization: 'the key' };
  const asked = await model.doGenerate({ prompt, headers });
  await model.doGenerate({ prompt: [...prompt, ...promptAfter(asked).slice(1)], headers });
  rail.lostAnswers.hold.push(failure('TIMEOUT', { isRetryable: true }));
  rail.failures.find.push(failure('NETWORK'));
  await model.doGenerate({ prompt, headers });
  await settlement.reconcile();
  expect(names()).toEqual(expect.arrayContaining(['kept', 'unresolved', 'unsettled']));
  const all = storage.written.join('\n');
  for (const stage of ['open', 'kept', 'settling', 'lost']) expect(all).toContain(`"${stage}"`);
  for (const secret of secrets) expect(all).not.toContain(secret);
});

describe('in an unstorage instance', () => {
  const folders: string[] = [];
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));
  const folder = async () => {
    const base = await mkdtemp(join(tmpdir(), 'settlement-journal-test-'));
    folders.push(base);
    return base;
  };
  const files = (base: string) => readdir(base, { recursive: true });
  const all = [held(hold), working(hold), kept(hold), settling(hold), lost('aisdk-3')];

  test.each(['memory', 'fs'] as const)('%s: the same stages are told', async (driver) => {
    const instance = createStorage({
      driver: driver === 'fs' ? fsDriver({ base: await folder() }) : memoryDriver(),
    });
    const stored = new SettlementJournal(instance);
    for (const entry of all) await stored.put(entry);
    const { entries: listed, torn } = await stored.list();
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(expect.arrayContaining([settling(hold), lost('aisdk-3')]));
    expect(torn).toEqual([]);
    for (const taskId of ['aisdk-1', 'aisdk-3']) await stored.remove(taskId);
    expect(await stored.list()).toEqual({ entries: [], torn: [] });
    expect(await instance.getKeys()).toEqual([]);
  });

  test('fs: nothing is left behind in the journal’s folder', async () => {
    const base = await folder();
    const stored = new SettlementJournal(createStorage({ driver: fsDriver({ base }) }));
    for (const entry of all) await stored.put(entry);
    // Two folders, the entries, and what finds them by their task.
    expect(await files(base)).toHaveLength(all.length + 3);
    for (const taskId of ['aisdk-1', 'aisdk-3']) await stored.remove(taskId);
    expect(await files(base)).toEqual(['a2a-settlement', 'a2a-task']);
  });

  test.each(['', '{"agent":"ag'])('fs: a torn file (%j)', async (content) => {
    const base = await folder();
    const stored = new SettlementJournal(createStorage({ driver: fsDriver({ base }) }));
    await stored.put(held(hold));
    await writeFile(join(base, 'a2a-settlement', 'aisdk-1.working'), content);
    await writeFile(join(base, 'a2a-settlement', 'aisdk-9.held'), content);
    expect(await stored.list()).toEqual({ entries: [held(hold)], torn: ['aisdk-9'] });
  });
});

test('a storage that is none is refused before anything is held', () => {
  for (const storage of [JSON.parse('{}'), JSON.parse('"redis://localhost"')]) {
    expect(() => createSettlement({ journal: { storage } })).toThrow(
      /^journal\.storage must be an unstorage instance, .* it is missing getItem, setItem, removeItem, getKeys\.$/,
    );
  }
});
