import { InMemoryTaskStore } from '@a2a-js/sdk/server';
import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { describe, expect, test } from 'vitest';
import { call, coins, eventsOf, paidBy } from './coins';
import { Baker, openShop, useBakers } from './shop';

const hotBaker = useBakers();

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('a task that waits for its caller, with money locked for it', () => {
  test.each(['here', 'on another machine'])('is canceled %s: it is given back', async (where) => {
    const { accept, stateOf } = coins({ isLocked: true });
    const shop = { storage: memoryStorage(), taskStore: new InMemoryTaskStore() };
    const { another, executor, fetch, sales } = openShop([accept], shop);
    const { id } = await call(fetch, 'SendMessage', paidBy('c', 'asks'));
    expect(stateOf('c')).toBe('locked');
    const at = where === 'here' ? fetch : another().fetch;
    expect((await call(at, 'CancelTask', { id })).state).toBe('TASK_STATE_CANCELED');
    expect(stateOf('c')).toBe('void');
    expect(eventsOf(sales)).toEqual(['verified', 'refunded']);
    expect(await executor.reconcile({ olderThanMs: 0 })).toMatchObject({ refunded: 0, left: 0 });
  });

  test('is canceled while its caller’s answer is looked at: it is given back once', async () => {
    const { accept, stateOf } = coins({ isLocked: true });
    const memory = memoryStorage();
    let isSlow = false;
    const storage = {
      ...memory,
      async getItem(key: string) {
        // The answer asks how the task ended, and the cancel decides it meanwhile.
        if (isSlow && key.startsWith('a2a-sale-end:')) await sleep(50);
        return memory.getItem(key);
      },
    };
    const { baker, fetch, sales } = openShop([accept], { storage });
    const { id } = await call(fetch, 'SendMessage', paidBy('c', 'asks'));
    isSlow = true;
    const answer = call(fetch, 'SendMessage', paidBy(undefined, 'bakes', { taskId: id }));
    await sleep(20);
    const canceled = await call(fetch, 'CancelTask', { id });
    expect(canceled.state).toBe('TASK_STATE_CANCELED');
    expect((await answer).text).not.toContain('a bread.');
    expect(stateOf('c')).toBe('void');
    expect(baker.begun).toHaveLength(1);
    expect(eventsOf(sales)).toEqual(['verified', 'refunded']);
  });
});

test('a task that is canceled as it begins to wait is not left with what is locked for it', async () => {
  const { accept, stateOf } = coins({ isLocked: true });
  const memory = memoryStorage();
  const canceling = Promise.withResolvers<void>();
  const asking = Promise.withResolvers<void>();
  const storage = {
    ...memory,
    async setItem(key: string, value: string) {
      if (key.startsWith('a2a-sale-waiting:')) {
        asking.resolve();
        await canceling.promise;
      }
      return memory.setItem(key, value);
    },
  };
  const shop = { storage, taskStore: new InMemoryTaskStore() };
  const { another, baker, fetch, sales } = openShop([accept], shop);
  const sent = call(fetch, 'SendMessage', paidBy('c', 'asks'));
  await asking.promise;
  // Nothing waits yet: there is nothing to give back for the cancel.
  const canceled = await call(another().fetch, 'CancelTask', { id: baker.begun[0] });
  expect(canceled.state).toBe('TASK_STATE_CANCELED');
  expect(stateOf('c')).toBe('locked');
  canceling.resolve();
  expect((await sent).state).toBe('TASK_STATE_CANCELED');
  expect(stateOf('c')).toBe('void');
  expect(eventsOf(sales)).toEqual(['verified', 'refunded']);
});

describe('an executor that refuses a cancel', () => {
  class StubbornBaker extends Baker {
    override async cancelTask(): Promise<void> {
      throw new Error('Not now.');
    }
  }

  test('leaves no mark of it: the work is charged', async () => {
    const { accept, stateOf } = coins();
    const baker = new StubbornBaker();
    hotBaker(baker);
    const { fetch, sales } = openShop([accept], { baker });
    const sent = call(fetch, 'SendMessage', paidBy('c', 'waits'));
    await expect.poll(() => baker.waiting).toBe(1);
    const [id] = baker.begun;
    const answers = await Promise.all(
      ['first', 'second'].map(() => call(fetch, 'CancelTask', { id })),
    );
    for (const { text } of answers) expect(text).not.toContain('TASK_STATE_CANCELED');
    baker.open();
    expect((await sent).state).toBe('TASK_STATE_COMPLETED');
    expect(stateOf('c')).toBe('taken');
    expect(eventsOf(sales)).toEqual(['verified', 'worked', 'settled']);
  });

  test('slowly, of work that ends meanwhile, is not paid: nobody knows yet whether it is canceled', async () => {
    const { accept, stateOf } = coins({ isLocked: true });
    const baker = new StubbornBaker();
    hotBaker(baker);
    const refusing = Promise.withResolvers<void>();
    baker.cancelTask = () => refusing.promise;
    const { fetch, sales } = openShop([accept], { baker });
    const sent = call(fetch, 'SendMessage', paidBy('c', 'waits'));
    await expect.poll(() => baker.waiting).toBe(1);
    const canceled = call(fetch, 'CancelTask', { id: baker.begun[0] });
    await sleep(10);
    baker.open();
    await expect.poll(() => stateOf('c')).toBe('void');
    refusing.reject(new Error('Not now.'));
    await canceled;
    expect((await sent).state).toBe('TASK_STATE_CANCELED');
    expect(eventsOf(sales)).toEqual(['verified', 'refunded']);
  });
});

test('work that another machine was told to cancel, and that ends before this is seen, is not charged', async () => {
  const { accept, stateOf } = coins();
  const shop = { storage: memoryStorage(), taskStore: new InMemoryTaskStore() };
  const { another, baker, fetch, sales } = openShop([accept], {
    ...shop,
    baker: hotBaker(),
    cancelPollMs: 100_000,
  });
  const sent = call(fetch, 'SendMessage', paidBy('c', 'waits'));
  await expect.poll(() => baker.waiting).toBe(1);
  const other = another(new Baker());
  expect((await call(other.fetch, 'CancelTask', { id: baker.begun[0] })).state).toBe(
    'TASK_STATE_CANCELED',
  );
  baker.open();
  expect((await sent).text).not.toContain('a bread.');
  expect(stateOf('c')).toBe('free');
  expect(eventsOf(sales)).toEqual(['verified', 'refunded']);
});

test('a machine whose task store cannot be read when the work is done takes nothing', async () => {
  const { accept, stateOf } = coins();
  const store = new InMemoryTaskStore();
  let isAway = false;
  const taskStore = {
    save: store.save.bind(store),
    list: store.list.bind(store),
    async load(...asked: Parameters<typeof store.load>) {
      if (isAway) throw new Error('The store is away.');
      return store.load(...asked);
    },
  };
  const errors: unknown[] = [];
  const { baker, fetch, sales } = openShop([accept], {
    baker: hotBaker(),
    cancelPollMs: 100_000,
    onError: (error) => errors.push(error),
    taskStore,
  });
  const sent = call(fetch, 'SendMessage', paidBy('c', 'waits')).catch(() => {});
  await expect.poll(() => baker.waiting).toBe(1);
  isAway = true;
  baker.open();
  await expect.poll(() => eventsOf(sales)).toEqual(['verified', 'refunded']);
  await sent;
  expect(stateOf('c')).toBe('free');
  expect(errors.map(String)).toContain('Error: The store is away.');
});
