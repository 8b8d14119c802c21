import { InMemoryTaskStore } from '@a2a-js/sdk/server';
import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { describe, expect, test } from 'vitest';
import { createAgentHandler, requirePayment, storedTaskStore } from '../../../src/agent';
import { inProcessFetch } from '../../../src/sandbox/in-process-fetch';
import { call, coins, eventsOf, paidBy } from './coins';
import { Baker, openShop, SHOP_URL, useBakers } from './shop';

const now = { olderThanMs: 0 };
const nothing = { refunded: 0, unresolved: 0, settled: 0, unsettled: 0, left: 0 };
const never = () => new Promise<never>(() => {});
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 5));

const hotBaker = useBakers();

test('what could not be given back is given back later, and the books wait for it', async () => {
  const { accept, control, stateOf } = coins({ isLocked: true });
  const { another, executor, fetch, sales } = openShop([accept], { storage: memoryStorage() });
  control.failsToGiveBack = 2;
  await call(fetch, 'SendMessage', paidBy('c', 'burns'));
  expect(eventsOf(sales)).toEqual(['verified']);
  expect(await executor.reconcile(now)).toEqual({ ...nothing, left: 1 });
  expect(stateOf('c')).toBe('locked');
  expect(await another().executor.reconcile(now)).toEqual({ ...nothing, refunded: 1 });
  expect(stateOf('c')).toBe('void');
  expect(eventsOf(sales)).toEqual(['verified', 'refunded']);
  expect(await executor.reconcile(now)).toEqual(nothing);
});

test('what cannot be given back until its payer has it back is left after a day', async () => {
  const { accept, control } = coins({ isLocked: true, goodForMs: -86_300_000 });
  const { executor, fetch, sales } = openShop([accept]);
  control.failsToGiveBack = Infinity;
  await call(fetch, 'SendMessage', paidBy('c', 'burns'));
  expect(await executor.reconcile(now)).toEqual({ ...nothing, left: 1 });
  const late = coins({ isLocked: true, goodForMs: -86_500_000 });
  late.control.failsToGiveBack = Infinity;
  const second = openShop([late.accept]);
  await call(second.fetch, 'SendMessage', paidBy('c', 'burns'));
  expect(eventsOf(sales)).toEqual(['verified']);
  expect(eventsOf(second.sales)).toEqual(['verified', 'refunded']);
  expect(await second.executor.reconcile(now)).toEqual(nothing);
});

test('a task whose caller has just answered is not ended', async () => {
  const { accept, stateOf } = coins({ isLocked: true, goodForMs: 1 });
  const shop = { storage: memoryStorage(), baker: hotBaker() };
  const { another, baker, fetch, sales } = openShop([accept], shop);
  const { id } = await call(fetch, 'SendMessage', paidBy('c', 'asks'));
  const answer = call(fetch, 'SendMessage', paidBy(undefined, 'waits', { taskId: id }));
  await expect.poll(() => baker.waiting).toBe(1);
  await aMoment();
  // By the clock of another machine, its payment's time is over long ago.
  expect(await another().executor.reconcile({ olderThanMs: 3000 })).toEqual(nothing);
  baker.open();
  expect((await answer).state).toBe('TASK_STATE_COMPLETED');
  expect(stateOf('c')).toBe('taken');
  expect(eventsOf(sales)).toEqual(['verified', 'worked', 'settled']);
});

test('a task that waits is ended when its payment’s time is over, and not before', async () => {
  const { accept, stateOf } = coins({ isLocked: true, goodForMs: 50 });
  const { executor, fetch, sales } = openShop([accept]);
  const { id } = await call(fetch, 'SendMessage', paidBy('c', 'asks'));
  expect(await executor.reconcile(now)).toEqual(nothing);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await executor.reconcile(now)).toEqual({ ...nothing, refunded: 1 });
  expect(stateOf('c')).toBe('void');
  const late = await call(fetch, 'SendMessage', paidBy(undefined, 'bakes', { taskId: id }));
  expect(late.text).not.toContain('a bread.');
  expect(eventsOf(sales)).toEqual(['verified', 'refunded']);
});

test('work of this process is left alone, however long it takes', async () => {
  const { accept, stateOf } = coins({ isLocked: true });
  const { baker, executor, fetch } = openShop([accept], { baker: hotBaker() });
  const sent = call(fetch, 'SendMessage', paidBy('c', 'waits'));
  await expect.poll(() => baker.waiting).toBe(1);
  await aMoment();
  expect(await executor.reconcile(now)).toEqual(nothing);
  baker.open();
  expect((await sent).state).toBe('TASK_STATE_COMPLETED');
  expect(stateOf('c')).toBe('taken');
});

test('a payment that is being taken is left alone', async () => {
  const { accept, control } = coins({ isLocked: true });
  const settling = Promise.withResolvers<void>();
  let isSettling = false;
  control.settle = async () => {
    isSettling = true;
    await settling.promise;
    return { status: 'settled', amount: 1 };
  };
  const { executor, fetch, sales } = openShop([accept]);
  const sent = call(fetch, 'SendMessage', paidBy('c'));
  await expect.poll(() => isSettling).toBe(true);
  await aMoment();
  expect(await executor.reconcile(now)).toEqual(nothing);
  settling.resolve();
  await sent;
  expect(eventsOf(sales)).toEqual(['verified', 'worked', 'settled']);
});

test('a machine that dies while it takes what is locked: it is taken', async () => {
  const { accept, control, stateOf } = coins({ isLocked: true });
  const { another, fetch, sales } = openShop([accept], { storage: memoryStorage() });
  control.settle = never;
  void call(fetch, 'SendMessage', paidBy('c'));
  await expect.poll(() => eventsOf(sales)).toContain('worked');
  await aMoment();
  control.settle = async () => ({ status: 'settled', amount: 1 });
  const { executor } = another();
  expect(await executor.reconcile(now)).toEqual({ ...nothing, settled: 1 });
  expect(stateOf('c')).toBe('taken');
  expect(await executor.reconcile(now)).toEqual(nothing);
  expect(eventsOf(sales)).toEqual(['verified', 'worked', 'settled']);
});

test('a machine that dies while it takes what is not locked: the ledger knows, and the books say so', async () => {
  const { accept, control } = coins();
  const { another, fetch, sales } = openShop([accept], { storage: memoryStorage() });
  control.settle = never;
  void call(fetch, 'SendMessage', paidBy('c'));
  await expect.poll(() => eventsOf(sales)).toContain('worked');
  await aMoment();
  const { executor } = another();
  expect(await executor.reconcile(now)).toEqual({ ...nothing, unresolved: 1 });
  expect(await executor.reconcile(now)).toEqual(nothing);
  expect(sales.at(-1)).toMatchObject({ event: 'unresolved', amount: '1', currency: 'coins' });
});

test('work of another machine that says now and then that it goes on is not left', async () => {
  const { accept } = coins({ isLocked: true });
  const storage = memoryStorage();
  const { another, baker, fetch } = openShop([accept], { storage, baker: hotBaker() });
  const sent = call(fetch, 'SendMessage', paidBy('c', 'waits'));
  await expect.poll(() => baker.waiting).toBe(1);
  await aMoment();
  const { executor } = another();
  // It begins within the hour: there has been no time for a sign of life.
  expect(await executor.reconcile()).toEqual(nothing);
  const [taskId = ''] = baker.begun;
  await storage.setItem(`a2a-sale-alive:${taskId}:${Math.floor(Date.now() / 600_000)}`, '1');
  expect(await executor.reconcile(now)).toEqual(nothing);
  baker.open();
  expect((await sent).state).toBe('TASK_STATE_COMPLETED');
});

describe('the task of a machine that died', () => {
  const left = async (isLocked: boolean, how: 'settles' | 'waits') => {
    const { accept, control } = coins({ isLocked });
    const taskStore = new InMemoryTaskStore();
    const shop = { storage: memoryStorage(), taskStore, baker: hotBaker() };
    const { another, baker, fetch, sales } = openShop([accept], shop);
    if (how === 'settles') control.settle = never;
    const text = how === 'settles' ? 'bakes' : 'waits';
    void call(fetch, 'SendStreamingMessage', paidBy('c', text));
    const last = how === 'settles' ? 'worked' : 'verified';
    await expect.poll(() => eventsOf(sales)).toContain(last);
    await expect.poll(() => baker.begun).toHaveLength(1);
    await aMoment();
    control.settle = async () => ({ status: 'settled', amount: 1 });
    const next = another(new Baker());
    const id = baker.begun[0];
    const ask = () => call(next.fetch, 'GetTask', { id });
    expect((await ask()).state).toMatch(/SUBMITTED|WORKING/);
    return { ask, control, executor: next.executor, sales, taskStore };
  };

  test('is canceled, for who polls it', async () => {
    const { ask, executor } = await left(true, 'waits');
    await executor.reconcile(now);
    expect(await ask()).toMatchObject({ state: 'TASK_STATE_CANCELED' });
    expect((await ask()).text).toContain('not charged');
  });

  test('is canceled, also where its payment cannot be given back yet', async () => {
    const { ask, control, executor } = await left(true, 'waits');
    control.failsToGiveBack = 1;
    expect(await executor.reconcile(now)).toMatchObject({ left: 1 });
    expect((await ask()).state).toBe('TASK_STATE_CANCELED');
  });

  test('is completed where its payment is taken: it was shown', async () => {
    const { ask, control, executor } = await left(true, 'settles');
    control.settle = async () => ({ status: 'unsettled' });
    expect(await executor.reconcile(now)).toMatchObject({ left: 1 });
    expect((await ask()).state).toMatch(/SUBMITTED|WORKING/);
    control.settle = async () => ({ status: 'settled', amount: 1 });
    await executor.reconcile(now);
    expect((await ask()).state).toBe('TASK_STATE_COMPLETED');
  });

  test('is failed where nobody knows whether its payment was taken', async () => {
    const { ask, executor } = await left(false, 'settles');
    await executor.reconcile(now);
    expect((await ask()).state).toBe('TASK_STATE_FAILED');
  });

  test('of a store that is away is left, and its payment given back', async () => {
    const { control, executor, sales, taskStore } = await left(true, 'waits');
    taskStore.load = async () => {
      throw new Error('The store is away.');
    };
    control.failsToGiveBack = 0;
    expect(await executor.reconcile(now)).toMatchObject({ refunded: 1 });
    expect(eventsOf(sales)).toEqual(['verified', 'refunded']);
  });

  test('is found by its user', async () => {
    const { accept } = coins({ isLocked: true });
    const storage = memoryStorage();
    const baker = hotBaker();
    const taskStore = storedTaskStore(storage);
    const machine = () => {
      const executor = requirePayment(baker, { accepts: [accept], storage, taskStore });
      const authenticate = async () => ({ isAuthenticated: true, userName: 'alice' });
      const { card } = openShop([accept]);
      const handle = createAgentHandler({ authenticate, card, executor, taskStore });
      return { executor, fetch: inProcessFetch(new URL(SHOP_URL).origin, handle) };
    };
    void call(machine().fetch, 'SendMessage', paidBy('c', 'waits'));
    await expect.poll(() => baker.waiting).toBe(1);
    await aMoment();
    const { executor, fetch } = machine();
    await executor.reconcile(now);
    const { state } = await call(fetch, 'GetTask', { id: baker.begun[0] });
    expect(state).toBe('TASK_STATE_CANCELED');
  });
});

test('a note of what is owed that the storage lost is found again', async () => {
  const { accept, control } = coins({ isLocked: true });
  const memory = memoryStorage();
  let isLost = false;
  const storage = {
    ...memory,
    async setItem(key: string, value: string) {
      if (key.startsWith('a2a-sale-owed:') && !isLost) {
        isLost = true;
        throw new Error('The storage is away.');
      }
      return memory.setItem(key, value);
    },
  };
  control.settle = async () => ({ status: 'owed', owed: { escrow: 'e' } });
  const owing = { ...accept, lookUp: async () => ({ status: 'settled' as const, amount: 1 }) };
  const { executor, fetch, sales } = openShop([owing], { storage });
  await call(fetch, 'SendMessage', paidBy('c'));
  expect(eventsOf(sales)).toEqual(['verified', 'worked', 'owed']);
  control.settle = async () => ({ status: 'settled', amount: 1 });
  await executor.reconcile(now);
  expect(sales.at(-1)?.event).toBe('settled');
});
