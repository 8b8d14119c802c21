import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Settled } from '../../src/rails/rail';
import type { SettlementAction } from '../../src/settlement/state/settlement-state';
import { failure, lineBroke } from './fake-rail';
import { entries, writtenAt } from './journal-entries';
import { leftBehind } from './left-behind';

const minute = 60_000;
const nothing = { settled: [], open: [], unresolved: [] };

beforeEach(() => {
  // The holds below are made now, and last an hour.
  vi.useFakeTimers({ toFake: ['Date'], now: writtenAt });
});
afterEach(() => void vi.useRealTimers());

const later = (minutes: number) => vi.setSystemTime(writtenAt + minutes * minute);

const kinds = ['held', 'working', 'kept', 'settling'] as const;
const ends: [Settled, object][] = [
  [
    { status: 'released', amount: 20, fee: 1 },
    { status: 'released', captured: 20 },
  ],
  [
    { status: 'partially-released', amount: 4, fee: 0, returned: 17 },
    { status: 'partially-released', captured: 4, returned: 17 },
  ],
  [
    { status: 'refunded', returned: 21 },
    { status: 'refunded', returned: 21 },
  ],
  [
    { status: 'disputed', stake: 12 },
    { status: 'disputed', stake: 12 },
  ],
];

describe('what is settled on the ledger is told and forgotten', () => {
  test.each(
    kinds.flatMap((kind) => ends.map(([settled, receipt]) => ({ kind, settled, receipt }))),
  )('$kind, $settled.status', async ({ kind, receipt, settled }) => {
    const { agent, leave, provider, rail, settlement, storage } = leftBehind();
    const hold = rail.put({}, { state: { type: 'settled', settled } });
    await leave(entries[kind](hold));
    const report = await settlement.reconcile({ provider });
    expect(report).toEqual({
      ...nothing,
      settled: [
        { agent: 'agent', escrowId: 'escrow-1', receipt: expect.objectContaining(receipt) },
      ],
    });
    expect([rail.asked, agent.askedFor, [...storage.items]]).toEqual([[], [], []]);
  });
});

test('what is decided is not kept waiting by agents that do not answer', async () => {
  const { leave, rail, settlement } = leftBehind();
  const slow = ['working', 'kept'] as const;
  for (const kind of slow) await leave(entries[kind](rail.put(), { at: writtenAt - 10 * minute }));
  await leave(entries.settling(rail.put()), entries.lost('aisdk-x'));
  rail.put({ taskId: 'aisdk-x' });
  const asked: string[][] = [];
  const task = async () => {
    asked.push([...rail.asked].sort());
    throw new Error('no answer');
  };
  const provider = { languageModel: () => ({ modelId: 'agent', task }) };
  await settlement.reconcile({ provider });
  const decided = ['refund escrow-4 not-dispatched', 'release escrow-3'];
  expect(asked).toEqual([decided, decided]);
});

test('what is decided, or lost, is settled side by side, six at once', async () => {
  const { leave, rail, settlement } = leftBehind();
  for (let index = 0; index < 20; index++) {
    await leave(entries.settling(rail.put()), entries.lost(`aisdk-lost-${index}`));
    rail.put({ taskId: `aisdk-lost-${index}` });
  }
  let [atOnce, most] = [0, 0];
  for (const deed of ['release', 'refund'] as const) {
    const real = rail[deed].bind(rail);
    rail[deed] = async (hold) => {
      most = Math.max(most, ++atOnce);
      await new Promise(setImmediate);
      atOnce--;
      return real(hold, {});
    };
  }
  const { settled } = await settlement.reconcile();
  expect([settled.length, most]).toEqual([40, 6]);
});

test('all that is lost is looked for with one list', async () => {
  const { leave, rail, settlement } = leftBehind();
  const lists: number[] = [];
  Object.assign(rail, {
    findMany: async (taskIds: string[]) => {
      lists.push(taskIds.length);
      const held = await rail.listHeld('');
      return new Map(
        held.flatMap((hold) => (taskIds.includes(hold.taskId) ? [[hold.taskId, hold]] : [])),
      );
    },
  });
  for (let index = 0; index < 49; index++) {
    await leave(entries.lost(`aisdk-lost-${index}`));
    if (index > 0) rail.put({ taskId: `aisdk-lost-${index}` });
  }
  const { settled, unresolved } = await settlement.reconcile();
  expect([settled.length, unresolved.length, lists]).toEqual([48, 1, [49]]);
  expect(rail.looked.filter((looked) => looked.startsWith('find'))).toEqual([]);
});

test('agents that do not answer do not keep the others waiting', async () => {
  const { leave, rail, settlement } = leftBehind();
  for (let index = 0; index < 20; index++) {
    const entry = entries.working(rail.put(), { at: writtenAt - 10 * minute });
    if (entry.type === 'open') await leave({ ...entry, task: `task-${index}` });
  }
  let [asked, atOnce, most] = [0, 0, 0];
  const task = async () => {
    most = Math.max(most, ++atOnce);
    asked++;
    await new Promise((resolve) => setTimeout(resolve, 5));
    atOnce--;
    throw new Error('no answer');
  };
  const provider = { languageModel: () => ({ modelId: 'agent', task }) };
  const { unresolved } = await settlement.reconcile({ provider });
  expect([asked, most, unresolved.length]).toEqual([20, 6, 20]);
});

describe('what has lapsed went back', () => {
  const release: SettlementAction = { type: 'release' };
  const refund: SettlementAction = { type: 'refund', reason: 'aborted' };
  const cases = [
    { what: 'a decided release', entry: 'settling', action: release, status: 'late' },
    { what: 'a part', entry: 'settling', action: { ...release, amount: 4 }, status: 'late' },
    { what: 'a decided refund', entry: 'settling', action: refund, status: 'refunded' },
    { what: 'work that completed', entry: 'working', state: 'completed', status: 'late' },
    { what: 'a question answered', entry: 'kept', state: 'completed', status: 'late' },
    { what: 'work that failed', entry: 'working', state: 'failed', status: 'refunded' },
    { what: 'work that goes on', entry: 'working', state: 'working', status: 'refunded' },
    { what: 'a question', entry: 'kept', state: 'input-required', status: 'refunded' },
    { what: 'work nobody can tell of', entry: 'working', status: 'refunded' },
    { what: 'a hold with no task', entry: 'held', status: 'refunded' },
  ] as const;

  test.each(
    cases.flatMap((one) => [
      { ...one, isGone: false },
      { ...one, isGone: true },
    ]),
  )('$what: $status (gone from the ledger: $isGone)', async ({ entry, isGone, status, ...one }) => {
    const { leave, provider, rail, remembered, settlement } = leftBehind({
      tasks: 'state' in one ? { 'task-1': { state: one.state } } : {},
    });
    const hold = rail.put();
    await leave(
      entry === 'settling' && 'action' in one
        ? entries.settling(hold, one.action)
        : entries[entry](hold),
    );
    if (isGone) rail.ledger.clear();
    later(61);
    const { settled, ...rest } = await settlement.reconcile({ provider });
    expect(rest).toEqual({ open: [], unresolved: [] });
    expect(settled).toMatchObject([{ receipt: { status, returned: 21, captured: 0 } }]);
    // What was decided is asked of the ledger, as long as it knows the hold.
    expect(rail.asked).toHaveLength(entry === 'settling' && !isGone ? 1 : 0);
    expect(await remembered()).toEqual([]);
  });

  test('what is gone from the ledger before its time has not lapsed', async () => {
    const { leave, rail, remembered, settlement } = leftBehind();
    await leave(entries.held(rail.put()));
    rail.ledger.clear();
    later(59);
    expect(await settlement.reconcile()).toMatchObject({ settled: [], unresolved: [{}] });
    expect(await remembered()).toHaveLength(1);
  });
});

test.each(kinds)('of a ledger that cannot be asked nothing is concluded: %s', async (kind) => {
  const { agent, leave, provider, rail, remembered, settlement } = leftBehind({
    tasks: { 'task-1': { state: 'completed' } },
  });
  await leave(entries[kind](rail.put()));
  rail.failures.look.push(lineBroke());
  later(61);
  expect(await settlement.reconcile({ provider })).toEqual({
    ...nothing,
    unresolved: [expect.objectContaining({ agent: 'agent', escrowId: 'escrow-1' })],
  });
  expect([rail.asked, agent.askedFor]).toEqual([[], []]);
  expect(await remembered()).toHaveLength(1);
});

describe('a decision is carried out, and no other', () => {
  const decisions: [SettlementAction, string, string][] = [
    [{ type: 'release' }, 'release escrow-1', 'released'],
    [{ type: 'release', amount: 4 }, 'release escrow-1 4', 'partially-released'],
    [{ type: 'refund', reason: 'task-failed' }, 'refund escrow-1 task-failed', 'refunded'],
    [
      { type: 'dispute', reason: 'verification-failed', stake: 12 },
      'dispute escrow-1 verification-failed 12',
      'disputed',
    ],
  ];
  // Whatever the agent says by now.
  const tasks = { 'task-1': { state: 'completed' } };

  test.each(decisions)('%j', async (action, asked, status) => {
    const { agent, leave, names, provider, rail, settlement, storage } = leftBehind({ tasks });
    const hold = rail.put();
    await leave(entries.working(hold), entries.settling(hold, action));
    const { settled } = await settlement.reconcile({ provider });
    expect(settled).toMatchObject([{ agent: 'agent', escrowId: 'escrow-1', receipt: { status } }]);
    expect([rail.asked, agent.askedFor]).toEqual([[asked], []]);
    expect(names()).toEqual([status === 'partially-released' ? 'released' : status]);
    expect([...storage.items]).toEqual([]);
  });

  test.each(decisions)('%j stays where the rail says no', async (action, asked) => {
    const { leave, names, rail, remembered, settlement } = leftBehind();
    const entry = entries.settling(rail.put(), action);
    await leave(entry);
    rail.failures[action.type].push(failure('ALREADY_SETTLED'));
    const { settled, unresolved } = await settlement.reconcile();
    expect([settled, unresolved]).toMatchObject([[], [{ receipt: { status: 'pending' } }]]);
    expect([rail.asked, names(), await remembered()]).toEqual([[asked], ['unresolved'], [entry]]);
  });

  test.each([
    [1, 'release', 'late'],
    [1, 'refund', 'refunded'],
  ] as const)('a lapse on the way (%i) to a %s is %s', async (_, type, status) => {
    const { leave, rail, settlement } = leftBehind();
    const hold = rail.put();
    await leave(
      entries.settling(hold, type === 'release' ? { type } : { type, reason: 'aborted' }),
    );
    rail.onCall = (call) => {
      if (call === type)
        rail.ledger.set('escrow-1', { hold, state: { type: 'lapsed' }, isOurs: true });
    };
    expect((await settlement.reconcile()).settled).toMatchObject([{ receipt: { status } }]);
  });
});

describe('a hold that may be in use is left alone', () => {
  test.each(['held', 'working', 'kept'] as const)('%s', async (kind) => {
    const { agent, leave, provider, rail, remembered, settlement } = leftBehind({
      tasks: { 'task-1': { state: 'failed' } },
    });
    const entry = entries[kind](rail.put(), { at: writtenAt + minute });
    await leave(entry);
    vi.setSystemTime(writtenAt + 6 * minute - 1);
    expect(await settlement.reconcile({ provider })).toEqual({
      ...nothing,
      open: [expect.objectContaining({ agent: 'agent', escrowId: 'escrow-1' })],
    });
    expect([rail.asked, agent.askedFor, await remembered()]).toEqual([[], [], [entry]]);

    vi.setSystemTime(writtenAt + 6 * minute);
    await settlement.reconcile({ provider });
    expect(agent.askedFor).toEqual(kind === 'held' ? [] : ['task-1']);
  });

  test.each([
    [0, ['task-1']],
    [1000, ['task-1']],
    [1001, []],
  ])('graceMs %i', async (graceMs, askedFor) => {
    const { agent, leave, provider, rail, settlement } = leftBehind();
    await leave(entries.working(rail.put()));
    vi.setSystemTime(writtenAt + 1000);
    await settlement.reconcile({ provider, graceMs });
    expect(agent.askedFor).toEqual(askedFor);
  });
});

describe('what is not this payer’s is not touched', () => {
  const released: SettlementAction = { type: 'release' };
  test.each([
    ['a decided release', 'settling', released],
    ['a decided refund', 'settling', { type: 'refund', reason: 'aborted' } as const],
    ['work', 'working', undefined],
    ['a question', 'kept', undefined],
  ] as const)('%s of another payer on the same journal', async (_, kind, action) => {
    const { leave, provider, rail, remembered, settlement } = leftBehind({
      tasks: { 'task-1': { state: 'completed' } },
    });
    const hold = rail.put({}, { isOurs: false });
    const entry = kind === 'settling' ? entries.settling(hold, action) : entries[kind](hold);
    await leave(entry);
    later(10);
    await settlement.reconcile({ provider });
    expect([rail.asked, await remembered()]).toEqual([[], [entry]]);
  });

  test.each(['working', 'kept'] as const)('a hold in dispute: %s', async (kind) => {
    const { leave, provider, rail, remembered, settlement } = leftBehind({
      tasks: { 'task-1': { state: 'completed' } },
    });
    const entry = entries[kind](rail.put({}, { state: { type: 'foreign', status: 'disputed' } }));
    await leave(entry);
    later(10);
    const { unresolved } = await settlement.reconcile({ provider });
    expect([rail.asked, await remembered()]).toEqual([[], [entry]]);
    expect(unresolved).toHaveLength(1);
  });
});
