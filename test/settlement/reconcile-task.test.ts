import { generateText } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SettlementOptions } from '../../src/index';
import type { Hold } from '../../src/rails/rail';
import { groupOfTask } from '../../src/settlement/hold/paid-tasks';
import type { Metering } from '../../src/settlement/state/journal-entry';
import { lineBroke } from './fake-rail';
import { entries, writtenAt } from './journal-entries';
import { aSettlement } from './a-settlement';
import { leftBehind } from './left-behind';
import { ScriptedAgent, type TaskAnswer } from './scripted-agent';

const minute = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: writtenAt });
});
afterEach(() => void vi.useRealTimers());

/** One hold is left, and reconciled ten minutes later. */
async function reconciled(
  task: TaskAnswer | undefined,
  {
    kind = 'working',
    options = {},
    work = {},
  }: {
    kind?: 'working' | 'kept';
    options?: SettlementOptions;
    work?: { earlierMs?: number; metering?: Metering };
  } = {},
) {
  const given = leftBehind({ options, tasks: task ? { 'task-1': task } : {} });
  const { leave, provider, rail, settlement } = given;
  await leave(entries[kind](rail.put(), { work }));
  vi.setSystemTime(writtenAt + 10 * minute);
  const report = await settlement.reconcile({ provider });
  return { ...given, report };
}

describe.each(['working', 'kept'] as const)('%s', (kind) => {
  test.each([
    ['completed', 'release escrow-1', 'released'],
    ['failed', 'refund escrow-1 task-failed', 'refunded'],
    ['rejected', 'refund escrow-1 task-rejected', 'refunded'],
    ['canceled', 'refund escrow-1 task-canceled', 'refunded'],
  ])('a task that is %s: %s', async (state, asked, status) => {
    const { agent, names, rail, report, storage } = await reconciled({ state }, { kind });
    expect(report).toEqual({
      settled: [
        { agent: 'agent', escrowId: 'escrow-1', receipt: expect.objectContaining({ status }) },
      ],
      open: [],
      unresolved: [],
    });
    expect([rail.asked, agent.askedFor, names()]).toEqual([[asked], ['task-1'], [status]]);
    expect(storage.left()).toEqual([]);
  });

  test.each(['submitted', 'working', 'input-required', 'auth-required', 'some-new-state'])(
    'a task that is %s stays open',
    async (state) => {
      const { rail, remembered, report } = await reconciled({ state }, { kind });
      expect(report).toMatchObject({
        settled: [],
        open: [{ agent: 'agent', escrowId: 'escrow-1', receipt: { status: 'pending' } }],
        unresolved: [],
      });
      expect(rail.asked).toEqual([]);
      expect(await remembered()).toHaveLength(1);
    },
  );

  test('a task its agent does not know stays unresolved', async () => {
    const { rail, remembered, report } = await reconciled(undefined, { kind });
    expect(report).toMatchObject({ settled: [], open: [], unresolved: [{ agent: 'agent' }] });
    expect(rail.asked).toEqual([]);
    expect(await remembered()).toHaveLength(1);
  });
});

describe('an agent that cannot be asked leaves its hold unresolved', () => {
  const cases: [string, { languageModel: (id: string) => unknown } | undefined][] = [
    ['no provider', undefined],
    ['no such model', { languageModel: () => undefined }],
    ['a model that has no tasks', { languageModel: () => ({ modelId: 'agent' }) }],
    [
      'a provider that throws',
      {
        languageModel: (id) => {
          throw new Error(`no ${id}`);
        },
      },
    ],
  ];
  test.each(cases)('%s', async (_, provider) => {
    const { leave, rail, settlement } = leftBehind();
    await leave(entries.working(rail.put()), entries.settling(rail.put()));
    vi.setSystemTime(writtenAt + 10 * minute);
    const { settled, unresolved } = await settlement.reconcile(provider && { provider });
    expect(unresolved).toMatchObject([{ escrowId: 'escrow-1' }]);
    // And keeps no other hold from being settled.
    expect(settled).toMatchObject([{ escrowId: 'escrow-2', receipt: { status: 'released' } }]);
  });

  test.each(cases)('%s, when the hold has lapsed: it came back', async (_, provider) => {
    const { leave, rail, settlement } = leftBehind();
    await leave(entries.working(rail.put()));
    vi.setSystemTime(writtenAt + 61 * minute);
    const { settled } = await settlement.reconcile(provider && { provider });
    expect(settled).toMatchObject([{ escrowId: 'escrow-1', receipt: { status: 'refunded' } }]);
  });

  test('a hold without a task', async () => {
    const { agent, leave, provider, rail, settlement } = leftBehind();
    await leave(entries.held(rail.put()));
    vi.setSystemTime(writtenAt + 10 * minute);
    expect((await settlement.reconcile({ provider })).unresolved).toHaveLength(1);
    expect([rail.asked, agent.askedFor]).toEqual([[], []]);
  });
});

describe('the task’s own answer is judged', () => {
  const perMinute: Metering = { of: 'milliseconds', baseTokens: 6, per: minute };
  const perUnit: Metering = { of: 'units', baseTokens: 3, per: 10 };
  const task = { state: 'completed', text: 'Oslo: rain' };
  const hourLater = writtenAt + 60 * minute;

  const cases: [string, Parameters<typeof reconciled>, string][] = [
    [
      'verify refuses it',
      [task, { options: { verify: ({ text }) => text !== 'Oslo: rain' } }],
      'refund escrow-1 verification-failed',
    ],
    [
      'verify accepts it',
      [task, { options: { verify: ({ text }) => text === 'Oslo: rain' } }],
      'release escrow-1',
    ],
    [
      'it is disputed',
      [task, { options: { verify: () => false, dispute: { stake: 12 } } }],
      'dispute escrow-1 verification-failed 12',
    ],
    ['a meter', [task, { options: { meter: ({ text }) => text.length } }], 'release escrow-1 10'],
    [
      'the meter of the agent',
      [task, { options: { meter: () => 3, agents: { agent: { meter: () => 4 } } } }],
      'release escrow-1 4',
    ],
    ['creditsUsed', [{ ...task, metadata: { creditsUsed: 3.2 } }], 'release escrow-1 4'],
    ['nothing used', [{ ...task, metadata: { creditsUsed: 0 } }], 'refund escrow-1 nothing-used'],
    [
      'units',
      [{ ...task, metadata: { units: 20 } }, { work: { metering: perUnit } }],
      'release escrow-1 6',
    ],
    [
      'minutes, until the task was done',
      [{ ...task, at: writtenAt + 95_000 }, { work: { metering: perMinute } }],
      'release escrow-1 10',
    ],
    [
      'minutes, and those of earlier turns',
      [{ ...task, at: writtenAt + 95_000 }, { work: { metering: perMinute, earlierMs: minute } }],
      'release escrow-1 16',
    ],
    [
      'minutes of a kept task: those of earlier turns only',
      [
        { ...task, at: hourLater },
        { kind: 'kept', work: { metering: perMinute, earlierMs: 65_000 } },
      ],
      'release escrow-1 7',
    ],
    [
      'minutes, at most what is held',
      [{ ...task, at: hourLater }, { work: { metering: perMinute } }],
      'release escrow-1',
    ],
    [
      'minutes of a clock that goes after ours',
      [{ ...task, at: writtenAt - minute }, { work: { metering: perMinute, earlierMs: 30_000 } }],
      'release escrow-1 3',
    ],
  ];
  test.each(cases)('%s', async (_, given, asked) => {
    const { rail, report } = await reconciled(...given);
    expect(rail.asked).toEqual([asked]);
    expect(report.settled).toHaveLength(1);
  });

  test.each([
    [{ verify: () => false }, 'refund escrow-1 verification-failed'],
    [{ meter: () => 4 }, 'release escrow-1 4'],
  ] satisfies [SettlementOptions, string][])(
    'with the functions of the application only: %o',
    async (options, asked) => {
      const agent = new ScriptedAgent({ state: 'input-required', taskId: 'task-1' });
      const app = aSettlement({ agent, options });
      await generateText({ model: app.model, prompt: 'Hello' });
      agent.tasks.set('task-1', task);
      vi.setSystemTime(writtenAt + 10 * minute);
      const { rail, storage } = app;
      rail.asked.length = 0;
      const provider = { languageModel: () => agent };

      const other = aSettlement({ agent, rail, storage }).settlement;
      expect(await other.reconcile({ provider })).toMatchObject({
        settled: [],
        unresolved: [{ agent: 'agent', escrowId: 'escrow-1' }],
      });
      expect(rail.asked).toEqual([]);

      const own = aSettlement({ agent, rail, storage, options }).settlement;
      expect((await own.reconcile({ provider })).settled).toHaveLength(1);
      expect(rail.asked).toEqual([asked]);
    },
  );

  test('by any process, if the agent takes the money itself', async () => {
    const { leave, provider, rail, settlement } = leftBehind({ tasks: { 'task-1': task } });
    const capabilities = { capturedBy: 'agent', partialRelease: false } as const;
    Object.assign(rail, { capabilities });
    await leave(entries.working(rail.put(), { work: { isJudged: true } }));
    vi.setSystemTime(writtenAt + 10 * minute);
    expect((await settlement.reconcile({ provider })).settled).toHaveLength(1);
  });

  describe.each([
    ['that its payer releases, of a rail whose agents capture', { capturedBy: 'agent' }, {}],
    ['of a rail that pays each message', { capturedBy: 'payer' }, { pays: 'message' }],
  ] as const)('a hold %s', (_, { capturedBy }, hold) => {
    /** A process that judges left it, and another one without its functions reconciles. */
    async function unjudged(minutes: number) {
      const { leave, provider, rail, settlement } = leftBehind({ tasks: { 'task-1': task } });
      const own = rail.capabilities;
      const look = async (one: Hold) => ({ hold: one, isOurs: true, state: { type: 'held' } });
      Object.assign(rail, { capabilities: { ...own, capturedBy }, capabilitiesOf: () => own });
      // An escrow of such a rail does not come back by itself.
      if (capturedBy === 'agent') Object.assign(rail, { look });
      await leave(entries.working(rail.put(hold), { work: { isJudged: true } }));
      vi.setSystemTime(writtenAt + minutes * minute);
      return { asked: rail.asked, report: await settlement.reconcile({ provider }) };
    }

    test('is not paid without the functions of the application', async () => {
      const { asked, report } = await unjudged(10);
      expect(report).toMatchObject({ settled: [], unresolved: [{ escrowId: 'escrow-1' }] });
      expect(asked).toEqual([]);
    });

    test('does not stay unresolved once it has expired', async () => {
      const { report } = await unjudged(61);
      expect(report).toMatchObject({ settled: [{ escrowId: 'escrow-1' }], unresolved: [] });
    });
  });

  test('but not that of a task that failed', async () => {
    const judges = { verify: vi.fn(() => true), meter: vi.fn(() => 1) };
    const { rail } = await reconciled({ state: 'failed' }, { options: judges });
    expect(rail.asked).toEqual(['refund escrow-1 task-failed']);
    expect([judges.verify, judges.meter].flatMap(({ mock }) => mock.calls)).toEqual([]);
  });
});

describe('a task that another hold pays', () => {
  async function twice(state: 'held' | 'released' | 'refunded' | 'lapsed') {
    const given = leftBehind({ tasks: { 'task-1': { state: 'completed' } } });
    const { leave, rail } = given;
    await leave(entries.kept(rail.put()));
    const settled =
      state === 'released'
        ? ({ status: 'released', amount: 20, fee: 1 } as const)
        : ({ status: 'refunded', returned: 21 } as const);
    rail.put(
      {},
      state === 'held' || state === 'lapsed'
        ? { state: { type: state } }
        : { state: { type: 'settled', settled } },
      await groupOfTask('agent', 'task-1'),
    );
    vi.setSystemTime(writtenAt + 10 * minute);
    return given;
  }

  test.each([
    ['released', 'refund escrow-1 not-dispatched'],
    ['refunded', 'release escrow-1'],
    ['lapsed', 'release escrow-1'],
  ] as const)('which is %s: %s', async (state, asked) => {
    const { provider, rail, settlement } = await twice(state);
    await settlement.reconcile({ provider });
    expect(rail.asked).toEqual([asked]);
  });

  test('may be the one that is in use: it stays', async () => {
    const { provider, rail, remembered, settlement } = await twice('held');
    expect(await settlement.reconcile({ provider })).toMatchObject({
      settled: [],
      open: [{ escrowId: 'escrow-1' }],
      // Which no journal knows.
      unresolved: [{ escrowId: 'escrow-2' }],
    });
    expect(rail.asked).toEqual([]);
    expect(await remembered()).toHaveLength(1);
  });

  test.each(['kept', 'working'] as const)(
    'was left behind as well (%s first): one pays',
    async (first) => {
      const { leave, provider, rail, settlement, storage } = leftBehind({
        tasks: { 'task-1': { state: 'completed' } },
      });
      const group = await groupOfTask('agent', 'task-1');
      const order =
        first === 'kept' ? (['kept', 'working'] as const) : (['working', 'kept'] as const);
      for (const kind of order) {
        const hold = rail.put({}, {}, kind === 'working' ? group : undefined);
        await leave(entries[kind](hold));
      }
      vi.setSystemTime(writtenAt + 10 * minute);
      await settlement.reconcile({ provider });
      await settlement.reconcile({ provider });
      expect([rail.statusOf('escrow-1'), rail.statusOf('escrow-2')].sort()).toEqual([
        'refunded',
        'released',
      ]);
      expect(rail.asked).toHaveLength(2);
      expect(storage.left()).toEqual([]);
    },
  );

  test('or not, when the ledger cannot be asked: it stays', async () => {
    const { provider, rail, remembered, settlement } = await twice('released');
    rail.failures.listGroup.push(...Array.from({ length: 9 }, lineBroke));
    expect(await settlement.reconcile({ provider })).toMatchObject({ settled: [] });
    expect(rail.asked).toEqual([]);
    expect(await remembered()).toHaveLength(1);
  });
});
