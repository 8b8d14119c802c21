import {
  AgentEvent,
  type ExecutionEventBus,
  InMemoryTaskStore,
  type RequestContext,
} from '@a2a-js/sdk/server';
import { TaskState } from '@a2a-js/sdk';
import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { describe, expect, test } from 'vitest';
import type { AcceptedPayment } from '../../../src/agent';
import { SaleRecords } from '../../../src/agent/payment/sale-records';
import { call, coins, COINS_URI, eventsOf, paidBy } from './coins';
import { Baker, openShop } from './shop';

const dayMs = 86_400_000;

describe('an answer of the storage that is lost', () => {
  test('as the turn is taken: the work is done, once', async () => {
    const { accept, stateOf } = coins();
    const memory = memoryStorage();
    const storage = {
      ...memory,
      async setItemIfAbsent(...[key, value, options]: Parameters<typeof memory.setItemIfAbsent>) {
        const isSet = await memory.setItemIfAbsent(key, value, options);
        // Its client has sent it again, and is told of the first time.
        return key.startsWith('a2a-sale-turn:') ? false : isSet;
      },
    };
    const { baker, fetch } = openShop([accept], { storage });
    expect((await call(fetch, 'SendMessage', paidBy('c'))).state).toBe('TASK_STATE_COMPLETED');
    expect(baker.begun).toHaveLength(1);
    expect(stateOf('c')).toBe('taken');
  });

  test.each([true, false])(
    'as a payment is bound (%s): it pays for another task',
    async (isSet) => {
      const { accept, stateOf } = coins();
      const memory = memoryStorage();
      let isAway = true;
      const storage = {
        ...memory,
        async setItemIfAbsent(...asked: Parameters<typeof memory.setItemIfAbsent>) {
          if (!isAway || !asked[0].startsWith('a2a-payment:'))
            return memory.setItemIfAbsent(...asked);
          if (isSet) await memory.setItemIfAbsent(...asked);
          throw new Error('The storage is away.');
        },
      };
      const errors: unknown[] = [];
      const onError = (error: unknown) => void errors.push(error);
      const { baker, fetch } = openShop([accept], { onError, storage });
      const first = await call(fetch, 'SendMessage', paidBy('c'));
      expect(first.text).toContain('could not be verified');
      expect(baker.begun).toEqual([]);
      expect(errors.map(String)).toEqual(['Error: The storage is away.']);
      isAway = false;
      expect((await call(fetch, 'SendMessage', paidBy('c'))).state).toBe('TASK_STATE_COMPLETED');
      expect(stateOf('c')).toBe('taken');
    },
  );

  test('as the turn is taken, and nobody knows of it: the caller is refused', async () => {
    const { accept } = coins();
    const errors: unknown[] = [];
    const storage = {
      ...memoryStorage(),
      setItemIfAbsent: async () => {
        throw new Error('The storage is away.');
      },
    };
    const onError = (error: unknown) => void errors.push(error);
    const { baker, fetch, sales } = openShop([accept], { onError, storage });
    const { state, text } = await call(fetch, 'SendMessage', paidBy('c'));
    expect(state).toBe('TASK_STATE_FAILED');
    expect(text).not.toContain('storage');
    expect(errors.map(String)).toEqual(['Error: The storage is away.']);
    expect([baker.begun, sales]).toEqual([[], []]);
  });
});

describe('the note of a payment', () => {
  const bound = async (expiresAt: Date) => {
    const ttls: (number | undefined)[] = [];
    const memory = memoryStorage();
    const storage = {
      ...memory,
      setItemIfAbsent: (...asked: Parameters<typeof memory.setItemIfAbsent>) => {
        ttls.push(asked[2]?.ttlMs);
        return memory.setItemIfAbsent(...asked);
      },
    };
    const records = new SaleRecords(storage);
    await records.bind({ rail: 'coins', sale: 's' }, { expiresAt }, 'task');
    return { days: (ttls[0] ?? Infinity) / dayMs, records };
  };

  test.each([
    ['for as long as it is good, and an hour', Date.now() + 10 * dayMs, 10 + 1 / 24],
    ['for 400 days at most', Date.now() + 200 * 365 * dayMs, 400],
    ['where its end is no time, for 400 days', Number.NaN, 400],
    ['for an hour where it is over', 0, 1 / 24],
  ])('stays %s', async (_, expiresAt, days) => {
    expect((await bound(new Date(expiresAt))).days).toBeCloseTo(days, 3);
  });

  test('is let go by its own task alone', async () => {
    const { records } = await bound(new Date(Date.now() + dayMs));
    const payment = { rail: 'coins', sale: 's' };
    const claim = { expiresAt: new Date(Date.now() + dayMs) };
    await records.unbind(payment, 'another');
    expect(await records.bind(payment, claim, 'another')).toBe(false);
    expect(await records.bind(payment, claim, 'task')).toBe(true);
    await records.unbind(payment, 'task');
    expect(await records.bind(payment, claim, 'another')).toBe(true);
  });

  test('has a key of some length, whatever its caller calls it', async () => {
    const { accept } = coins();
    const memory = memoryStorage();
    const lengths: number[] = [];
    const storage = {
      ...memory,
      setItemIfAbsent: (...asked: Parameters<typeof memory.setItemIfAbsent>) => {
        lengths.push(asked[0].length);
        return memory.setItemIfAbsent(...asked);
      },
    };
    const { fetch } = openShop([accept], { storage });
    const coin = 'bad'.repeat(100_000);
    const { state } = await call(fetch, 'SendMessage', paidBy(coin, 'bakes', { messageId: coin }));
    expect(state).toBe('TASK_STATE_FAILED');
    expect(Math.max(...lengths)).toBeLessThan(200);
  });
});

describe('the next message of a task', () => {
  /** Makes a draft before it asks. */
  class DraftingBaker extends Baker {
    override async execute(request: RequestContext, bus: ExecutionEventBus): Promise<void> {
      const { contextId, taskId, userMessage } = request;
      const [part] = userMessage.parts;
      if (part?.content?.$case === 'text' && part.content.value === 'asks') {
        const text = { $case: 'text' as const, value: 'THE DEAR DRAFT' };
        const parts = [{ content: text, mediaType: '', filename: '', metadata: undefined }];
        const about = { artifactId: 'draft', name: '', description: '', metadata: undefined };
        const artifact = { ...about, extensions: [], parts };
        const pieces = { append: false, lastChunk: true, metadata: undefined };
        bus.publish(AgentEvent.artifactUpdate({ taskId, contextId, artifact, ...pieces }));
      }
      return super.execute(request, bus);
    }
  }

  const paying = (
    amount: number,
    currency: string,
    rail: string,
    { accept } = coins(),
  ): AcceptedPayment => {
    return {
      ...accept,
      rail,
      read(request) {
        const claim = accept.read(request);
        if (claim === undefined || !claim.id.startsWith(rail)) return undefined;
        return {
          ...claim,
          async verify(options) {
            const verdict = await claim.verify(options);
            if (!verdict.verified) return verdict;
            return { verified: true, sale: { ...verdict.sale, amount, currency } };
          },
        };
      },
    };
  };

  test.each([
    ['less', paying(5, 'coins', 'cheap'), false],
    ['as much of another currency', paying(10, 'buttons', 'cheap'), false],
    ['as much', paying(10, 'coins', 'cheap'), true],
  ])('that pays %s than its first', async (_, second, isShown) => {
    const accepts = [paying(10, 'coins', 'dear'), second];
    const { fetch, sales } = openShop(accepts, { baker: new DraftingBaker() });
    const first = await call(fetch, 'SendMessage', paidBy('dear', 'asks'));
    expect(first.text).not.toContain('DEAR');
    const next = paidBy('cheap', 'bakes', { taskId: first.id });
    expect((await call(fetch, 'SendMessage', next)).text.includes('DEAR')).toBe(isShown);
    const ends = isShown ? ['refunded', 'verified', 'worked', 'settled'] : ['refused', 'refunded'];
    expect(eventsOf(sales)).toEqual(['verified', ...ends]);
  });

  test.each([0, 1])(
    'that locks less than its first paid has it back, tried once more %d times',
    async (tries) => {
      const { accept, control, stateOf } = coins({ isLocked: true });
      const cheap = paying(5, 'coins', 'cheap', { accept, control, stateOf });
      const accepts = [paying(10, 'coins', 'dear'), cheap];
      const { baker, executor, fetch, sales } = openShop(accepts, { baker: new DraftingBaker() });
      const { id } = await call(fetch, 'SendMessage', paidBy('dear', 'asks'));
      control.failsToGiveBack = tries;
      await call(fetch, 'SendMessage', paidBy('cheap', 'bakes', { taskId: id }));
      expect(stateOf('cheap')).toBe(tries === 0 ? 'void' : 'locked');
      expect(await executor.reconcile({ olderThanMs: 0 })).toMatchObject({ refunded: tries });
      expect(stateOf('cheap')).toBe('void');
      expect(baker.begun).toHaveLength(1);
      expect(eventsOf(sales)).toEqual(['verified', 'refused', 'refunded']);
    },
  );

  test('that the storage fails is refused, and what is locked for its task given back', async () => {
    const { accept, stateOf } = coins({ isLocked: true });
    const memory = memoryStorage();
    let isAway = false;
    const storage = {
      ...memory,
      async getItem(key: string) {
        if (isAway && key.startsWith('a2a-sale-end:')) throw new Error('The storage is away.');
        return memory.getItem(key);
      },
    };
    const { baker, executor, fetch, sales } = openShop([accept], { onError: () => {}, storage });
    const { id } = await call(fetch, 'SendMessage', paidBy('c', 'asks'));
    isAway = true;
    const next = paidBy(undefined, 'bakes', { taskId: id });
    expect((await call(fetch, 'SendMessage', next)).text).toContain('could not be verified');
    isAway = false;
    expect(stateOf('c')).toBe('locked');
    expect(await executor.reconcile({ olderThanMs: 0 })).toMatchObject({ refunded: 1, left: 0 });
    expect(stateOf('c')).toBe('void');
    expect(baker.begun).toHaveLength(1);
    expect(eventsOf(sales)).toEqual(['verified', 'refused', 'refunded']);
  });

  test('whose payment is no good ends the books of its first', async () => {
    const { accept } = coins();
    const { executor, fetch, sales } = openShop([accept]);
    const { id } = await call(fetch, 'SendMessage', paidBy('good', 'asks'));
    await call(fetch, 'SendMessage', paidBy('bad', 'bakes', { taskId: id }));
    await executor.reconcile({ olderThanMs: 0 });
    expect(eventsOf(sales)).toEqual(['verified', 'refused', 'refunded']);
    expect(sales[2]).toMatchObject({ sale: sales[0]?.sale, amount: '1' });
  });

  test('that comes as one before it is refused is not worked for: its task has failed', async () => {
    const { accept, stateOf } = coins();
    const memory = memoryStorage();
    let isRefusing = false;
    const storage = {
      ...memory,
      async removeItem(key: string) {
        await memory.removeItem(key);
        if (!isRefusing || !key.startsWith('a2a-sale-turn:')) return;
        isRefusing = false;
        // Nobody has the turn, and no store knows yet that the task has failed.
        await call(next.fetch, 'SendMessage', paidBy('good', 'bakes', { taskId: id }));
      },
    };
    const shop = { storage, taskStore: new InMemoryTaskStore() };
    const { another, baker, fetch, sales } = openShop([accept], shop);
    const next = another();
    const { id } = await call(fetch, 'SendMessage', paidBy('first', 'asks'));
    isRefusing = true;
    await call(fetch, 'SendMessage', paidBy('bad', 'bakes', { taskId: id }));
    expect(isRefusing).toBe(false);
    expect(stateOf('good')).toBe('free');
    expect(baker.begun).toHaveLength(1);
    expect(eventsOf(sales)).toEqual(['verified', 'refused', 'refunded']);
  });

  test('is of the same sale in the books, verified once and begun when it was', async () => {
    const { accept } = coins();
    const { fetch, sales } = openShop([accept]);
    const { id } = await call(fetch, 'SendMessage', paidBy('c', 'asks'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await call(fetch, 'SendMessage', paidBy('c', 'bakes', { taskId: id }));
    expect(eventsOf(sales)).toEqual(['verified', 'worked', 'settled']);
    expect(new Set(sales.map(({ begunAt }) => begunAt)).size).toBe(1);
  });

  test('goes on with what is locked, whatever else it pays with', async () => {
    const { accept, stateOf } = coins({ isLocked: true });
    const { fetch, sales } = openShop([accept]);
    const { id } = await call(fetch, 'SendMessage', paidBy('first', 'asks'));
    await call(fetch, 'SendMessage', paidBy('second', 'bakes', { taskId: id }));
    expect([stateOf('first'), stateOf('second')]).toEqual(['taken', 'free']);
    expect(eventsOf(sales)).toEqual(['verified', 'worked', 'settled']);
  });
});

test('an executor that returns without an end fails its task, unpaid', async () => {
  const { accept, stateOf } = coins({ isLocked: true });
  class AbsentBaker extends Baker {
    override async execute(
      ...[{ taskId, contextId, userMessage }, bus]: [RequestContext, ExecutionEventBus]
    ) {
      const status = {
        state: TaskState.TASK_STATE_WORKING,
        message: undefined,
        timestamp: undefined,
      };
      const task = { id: taskId, contextId, artifacts: [], history: [userMessage], metadata: {} };
      bus.publish(AgentEvent.task({ ...task, status }));
    }
  }
  const { fetch, sales } = openShop([accept], { baker: new AbsentBaker() });
  const { state, text } = await call(fetch, 'SendMessage', paidBy('c'));
  expect(state).toBe('TASK_STATE_FAILED');
  expect(text).toContain('The agent ended without an answer.');
  expect(stateOf('c')).toBe('void');
  expect(eventsOf(sales)).toEqual(['verified', 'refunded']);
});

test('what an executor says after its end, and after it returned, is shown to nobody', async () => {
  const { accept, control, stateOf } = coins();
  control.settle = async () => ({ status: 'unsettled' });
  let late: () => Promise<void> = async () => {};
  class ChattyBaker extends Baker {
    override async execute(request: RequestContext, bus: ExecutionEventBus): Promise<void> {
      await super.execute(request, bus);
      await super.execute(request, bus);
      late = () => super.execute(request, bus);
    }
  }
  const { baker, fetch, sales } = openShop([accept], { baker: new ChattyBaker() });
  const told = await call(fetch, 'SendStreamingMessage', paidBy('c'));
  await late();
  const task = await call(fetch, 'GetTask', { id: baker.begun[0] });
  expect(told.text + task.text).not.toContain('a bread.');
  expect(task.state).toBe('TASK_STATE_FAILED');
  expect(stateOf('c')).toBe('free');
  expect(eventsOf(sales)).toEqual(['verified', 'worked', 'unsettled']);
});

test('what is worth less is booked as less, and more as what was to be had', async () => {
  const { accept } = coins();
  for (const [used, amount] of [
    [0.4, '0.4'],
    [7, '1'],
    [undefined, '1'],
  ] as const) {
    const { baker, fetch, sales } = openShop([accept]);
    baker.used = used;
    await call(fetch, 'SendMessage', paidBy(`c${used}`), COINS_URI);
    expect(sales.find(({ event }) => event === 'worked')?.amount).toBe(amount);
  }
});
