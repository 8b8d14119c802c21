import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Outcome } from '../../src/settlement/state/settlement-state';
import { ActiveHold } from '../../src/settlement/hold/active-hold';
import { aContext } from './a-context';
import { failure } from './fake-rail';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
});
afterEach(() => void vi.useRealTimers());

function held(options: Parameters<typeof aContext>[0] = {}) {
  const given = aContext(options);
  const hold = given.rail.put();
  const payment = new ActiveHold('agent', { phase: 'open', hold }, given.context);
  return { ...given, hold, payment };
}

const outcomes = {
  delivered: { type: 'delivered' },
  'delivered a part': { type: 'delivered', amount: 4 },
  failed: { type: 'failed', reason: 'task-failed' },
  refused: { type: 'failed', reason: 'verification-failed', stake: 12 },
  paused: { type: 'paused', taskId: 'task-1' },
} as const satisfies Record<string, Outcome>;

const asked = {
  delivered: ['release escrow-1'],
  'delivered a part': ['release escrow-1 4'],
  failed: ['refund escrow-1 task-failed'],
  refused: ['dispute escrow-1 verification-failed 12'],
  paused: [],
};

const names = Object.keys(outcomes) as (keyof typeof outcomes)[];
const pairs = names.flatMap((one) =>
  names.filter((two) => two !== one).map((two) => [one, two] as const),
);

describe('of two ends the first counts', () => {
  test.each(pairs)('%s, and at once %s', async (first, second) => {
    const { payment, rail, told } = held();
    const receipts = await Promise.all([
      payment.end(outcomes[first]),
      payment.end(outcomes[second]),
    ]);
    expect(rail.asked).toEqual(asked[first]);
    expect(receipts[1]).toEqual(receipts[0]);
    expect(told).toHaveLength(1);
  });

  test.each(pairs)('%s, and while that is under way %s', async (first, second) => {
    const { payment, rail } = held();
    const open = (['release', 'refund', 'dispute'] as const).map((call) => rail.gate(call));
    const ends = [payment.end(outcomes[first])];
    await vi.waitFor(() => expect(rail.asked).toEqual(asked[first]));
    ends.push(payment.end(outcomes[second]), payment.resume());
    await new Promise((resolve) => setTimeout(resolve, 1));
    open.forEach((letThrough) => letThrough());
    const [receipt] = await Promise.all(ends);
    expect(await Promise.all(ends)).toEqual([receipt, receipt, receipt]);
    expect(rail.asked).toEqual(asked[first]);
  });

  test('and what ended is not ended again', async () => {
    const { payment, rail } = held();
    await payment.end(outcomes.delivered);
    expect(await payment.end(outcomes.failed)).toMatchObject({ status: 'released' });
    expect(rail.asked).toEqual(['release escrow-1']);
  });
});

test.each(['delivered', 'failed', 'refused'] as const)(
  'the state is flipped before the rail is called: %s',
  async (name) => {
    const { payment, rail, storage } = held({ writeAhead: true });
    payment.announce();
    let atCall: unknown;
    rail.onCall = () => {
      atCall = [payment.receipt.status, payment.kept?.taskId, storage.stages()];
      // Only an open payment takes note of a task.
      payment.noteTask('task-1', { conversation: undefined });
    };
    await payment.end(outcomes[name]);
    expect(atCall).toEqual(['pending', undefined, ['held', 'settling']]);
    expect(storage.changes).not.toContain('set working');
  },
);

describe('the journal', () => {
  test.each(['delivered', 'delivered a part', 'failed', 'refused'] as const)(
    'is not touched by a generation that settles at once: %s',
    async (name) => {
      const { payment, storage } = held();
      payment.announce();
      payment.noteTask('task-1', { conversation: 'talk' });
      await payment.end(outcomes[name]);
      expect(storage.changes).toEqual([]);
    },
  );

  test('with writeAhead says held, working and settling, and then nothing', async () => {
    const { hold, payment, rail, storage } = held({ writeAhead: true });
    const seen: unknown[] = [];
    rail.onCall = () => seen.push(storage.entry('settling'));
    payment.announce();
    payment.noteTask('task-1', { conversation: undefined });
    await payment.end(outcomes['delivered a part']);
    expect(storage.changes.slice(0, 3)).toEqual(['set held', 'set working', 'set settling']);
    expect(storage.changes.at(-1)).toBe('remove settling');
    expect(seen).toMatchObject([
      { agent: 'agent', action: { type: 'release', amount: 4 }, hold: { escrowId: hold.escrowId } },
    ]);
    expect([...storage.items]).toEqual([]);
  });

  test('notes a task once, and another one too', async () => {
    const { payment, storage } = held({ writeAhead: true });
    payment.announce();
    for (const task of ['task-1', 'task-1', 'task-2', 'task-2']) {
      payment.noteTask(task, { conversation: undefined });
    }
    await vi.waitFor(() => expect(storage.entry('working')).toMatchObject({ task: 'task-2' }));
    expect(storage.changes).toEqual(['set held', 'set working', 'set working']);
  });

  test('notes tasks under a hold that it knows already', async () => {
    const { payment, storage } = held();
    payment.adoptJournal();
    payment.noteTask('task-1', { conversation: undefined });
    await vi.waitFor(() => expect(storage.stages()).toEqual(['working']));
    await payment.end(outcomes.delivered);
    expect([...storage.items]).toEqual([]);
  });

  test.each([
    ['delivered', 'release', { type: 'release' }],
    ['delivered a part', 'release', { type: 'release', amount: 4 }],
    ['failed', 'refund', { type: 'refund', reason: 'task-failed' }],
    ['refused', 'dispute', { type: 'dispute', reason: 'verification-failed', stake: 12 }],
  ] as const)(
    'keeps the decision of a settlement that gives up: %s',
    async (name, call, action) => {
      const { payment, rail, storage, told } = held();
      const error = failure('ALREADY_SETTLED');
      rail.failures[call].push(error);
      expect(await payment.end(outcomes[name])).toMatchObject({ status: 'pending' });
      expect(storage.stages()).toEqual(['settling']);
      expect(storage.entry('settling')).toMatchObject({ agent: 'agent', at: 1_000_000, action });
      expect(told).toMatchObject([
        ['unresolved', { agent: 'agent', receipt: { status: 'pending' } }],
      ]);
      expect(told[0]?.[1].error).toBe(error);
    },
  );

  test('forgets it when the decision is carried out after all', async () => {
    const { context, hold, names: told, payment, rail, storage } = held();
    rail.failures.refund.push(failure('FORBIDDEN'));
    await payment.end(outcomes.failed);
    const action = { type: 'refund', reason: 'task-failed' } as const;
    const again = new ActiveHold('agent', { phase: 'unresolved', hold, action }, context);
    expect(await again.resume()).toMatchObject({ status: 'refunded' });
    expect(rail.asked).toEqual(Array(2).fill('refund escrow-1 task-failed'));
    expect(told()).toEqual(['unresolved', 'refunded']);
    expect([...storage.items]).toEqual([]);
  });

  test('remembers a kept hold, its task and the time until now', async () => {
    const { context, names: told, storage, rail } = held();
    const payment = new ActiveHold('agent', { phase: 'open', hold: rail.put() }, context, {
      startedAt: 1_000_000,
      earlierMs: 500,
      metering: { of: 'milliseconds', baseTokens: 6, per: 60_000 },
    });
    vi.setSystemTime(1_002_000);
    expect(await payment.end(outcomes.paused)).toMatchObject({ status: 'kept' });
    await vi.waitFor(() => expect(storage.stages()).toEqual(['kept']));
    expect(storage.entry('kept')).toMatchObject({
      type: 'kept',
      task: 'task-1',
      at: 1_002_000,
      work: { earlierMs: 2500, metering: { of: 'milliseconds', baseTokens: 6, per: 60_000 } },
    });
    expect(told()).toEqual(['kept']);
    expect(rail.asked).toEqual([]);
  });

  test('keeps the entry while the rail has not answered', async () => {
    const { payment, rail, storage } = held({ writeAhead: true });
    payment.announce();
    const open = rail.gate('release');
    const ending = payment.end(outcomes.delivered);
    await vi.waitFor(() => expect(rail.asked).toEqual(['release escrow-1']));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(storage.stages()).toEqual(['held', 'settling']);
    open();
    await ending;
    expect(storage.stages()).toEqual([]);
  });
});

describe.each([
  ['fails', () => Promise.reject(new Error('no space left'))],
  ['never answers', () => new Promise<void>(() => {})],
] as const)('a journal whose storage %s', (_, before) => {
  test.each([
    ['delivered', 'released'],
    ['failed', 'refunded'],
    ['paused', 'kept'],
  ] as const)('keeps no payment from its end: %s', async (name, told) => {
    const { payment, rail, storage, ...given } = held({ writeAhead: true });
    storage.before = before;
    payment.announce();
    payment.noteTask('task-1', { conversation: undefined });
    void payment.end(outcomes[name]);
    await vi.waitFor(() => expect(given.names()).toContain(told));
    // It tells that the journal failed, and nothing else.
    expect(given.names().toSorted()).toEqual(['error', 'held', told].toSorted());
    expect(rail.asked).toEqual(asked[name]);
  });

  test('keeps no settlement from being told unresolved', async () => {
    const { payment, rail, storage, ...given } = held();
    storage.before = before;
    rail.failures.release.push(failure('FORBIDDEN'));
    void payment.end(outcomes.delivered);
    await vi.waitFor(() => expect(given.names()).toEqual(['error', 'unresolved']));
  });
});

test('a journal that cannot be written is told of, once for each hold, and nothing else changes', async () => {
  const { payment, rail, storage, told } = held({ writeAhead: true });
  storage.before = () => Promise.reject(new Error('redis://:hunter2@host is gone'));
  payment.announce();
  await vi.waitFor(() => expect(told.map(([name]) => name)).toContain('error'));
  await payment.end(outcomes.delivered);
  expect(rail.asked).toEqual(['release escrow-1']);
  const [first, ...others] = told.filter(([name]) => name === 'error');
  expect(others).toEqual([]);
  expect(first?.[1]).toMatchObject({
    agent: 'agent',
    receipt: { escrowId: 'escrow-1' },
    error: {
      code: 'JOURNAL_FAILED',
      message:
        'The journal could not be written: its storage failed. `reconcile` cannot find this hold until the journal is written.',
    },
  });
});
