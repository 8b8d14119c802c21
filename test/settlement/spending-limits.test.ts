import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JournalStorage } from '../../src/settlement/state/journal-storage';
import { memoryStorage } from '../../src/internal/memory-storage';
import {
  limitsInForce,
  type SpendingLimitOptions,
} from '../../src/settlement/plan/currency-limits';
import { SpendingLimits } from '../../src/settlement/plan/spending-limits';
import { RecordedStorage, type StorageCall } from './recorded-storage';

const minute = 60_000;
const hours = (count: number) => ({ amount: 100, minutes: count * 60 });
let count = 0;

function limited(limits: SpendingLimitOptions, storage: JournalStorage = memoryStorage()) {
  const spending = new SpendingLimits({ limits, storage, now: Date.now });
  const reserve = async (amount: number, conversation?: string) => {
    const id = `call-${count++}`;
    await spending.reserve(id, { agent: 'agent', amount, conversation, ttlMinutes: 60 });
    return id;
  };
  return { spending, reserve, storage };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a call above perCall is refused, and says what is allowed', async () => {
  const { reserve } = limited({ perCall: 10 });
  await reserve(10);
  await expect(reserve(11)).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message:
      'The call of agent "agent" for 11 tokens was not sent: limits.perCall allows 10 tokens.',
  });
});

describe('perWindow', () => {
  test('counts what was spent and what is reserved; a refund gives back; time heals', async () => {
    const { spending, reserve } = limited({ perWindow: { amount: 30, minutes: 10 } });
    const first = await reserve(20);
    await expect(reserve(11)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const second = await reserve(10);
    await spending.settle(second, { amount: 0 });
    await spending.settle(first, { amount: 5 });
    await reserve(25);
    vi.setSystemTime(11 * minute);
    await reserve(30);
  });

  test('parallel calls never overshoot, on one machine or on three', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 60 }),
        async (amounts, amount) => {
          const storage = memoryStorage();
          const machines = [0, 1, 2].map(() =>
            limited({ perWindow: { amount, minutes: 10 } }, storage),
          );
          const results = await Promise.allSettled(
            amounts.map((cost, index) => machines[index % 3]?.reserve(cost)),
          );
          const granted = amounts.filter((_, index) => results[index]?.status === 'fulfilled');
          expect(granted.reduce((sum, cost) => sum + cost, 0)).toBeLessThanOrEqual(amount);
        },
      ),
    );
  });
});

test('concurrent counts calls under way, until they end or their hold would have lapsed', async () => {
  const { spending, reserve } = limited({ concurrent: 2 });
  const first = await reserve(1);
  await reserve(1);
  await expect(reserve(1)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  await spending.settle(first, { amount: 1 });
  await reserve(1);
  vi.setSystemTime(61 * minute);
  await reserve(1);
});

test('a turn that goes on after its entry was swept out counts in its own currency', async () => {
  const limits: SpendingLimitOptions = { concurrent: 1, USDC: { concurrent: 1 } };
  const { spending } = limited(limits);
  const reserve = (id: string, code: string | undefined) =>
    spending.reserve(id, {
      agent: 'agent',
      amount: 1,
      conversation: undefined,
      inForce: limitsInForce(
        limits,
        {
          capabilities: {
            capturedBy: code === undefined ? 'payer' : 'agent',
            partialRelease: false,
          },
        },
        code,
      ),
      ttlMinutes: 60,
    });
  await reserve('kept', 'USDC');
  await spending.settle('kept', { amount: 1 });
  vi.setSystemTime(20 * minute);
  await reserve('another', undefined);
  await spending.settle('another', { amount: 0 });
  await spending.reopen('kept', new Date(60 * minute), { currency: 'USDC' });
  await expect(reserve('one too many', 'USDC')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  await reserve('of another currency', undefined);
});

test('perConversation counts by conversation, which may be known only at the end', async () => {
  const { spending, reserve } = limited({ perConversation: 10 });
  const first = await reserve(6);
  await spending.settle(first, { amount: 6, conversation: 'talk' });
  await expect(reserve(5, 'talk')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  await reserve(5, 'other');
  await reserve(4, 'talk');
});

// Each call reads them all.
test.each<[string, SpendingLimitOptions, number]>([
  ['when the window is over', { perWindow: { amount: 100, minutes: 10 } }, 10],
  ['after a day, where conversations are limited', { perConversation: 100 }, 24 * 60],
  ['after a long window', { perConversation: 100, perWindow: hours(48) }, 48 * 60],
  ['at once, where only calls are counted', { concurrent: 9 }, 0],
])('entries are swept out %s', async (_, limits, minutes) => {
  const { reserve, spending, storage } = limited(limits);
  await spending.settle(await reserve(1), { amount: 1 });
  const open = await reserve(1);
  // The clocks of those who write may differ by a quarter of an hour.
  vi.setSystemTime((minutes + 15) * minute - 1);
  await reserve(1);
  expect(await storage.getKeys()).toHaveLength(3);
  vi.setSystemTime((minutes + 15) * minute);
  await spending.drop(open);
  await reserve(1);
  expect(await storage.getKeys()).toHaveLength(2);
});

describe('a storage that fails', () => {
  const limits: SpendingLimitOptions = { perWindow: { amount: 20, minutes: 10 } };
  const failing = (...calls: StorageCall[]) => {
    const storage = new RecordedStorage();
    storage.before = async (call) => {
      if (calls.includes(call)) throw new Error('no connection');
    };
    return { ...limited(limits, storage), storage };
  };

  test.each([
    ['to write', ['set']],
    ['to write and to remove', ['set', 'remove']],
    ['to list', ['list']],
    ['to read', ['get']],
  ] as const)('%s: nobody knows, and nothing is reserved', async (_, calls) => {
    const { reserve, storage } = failing(...calls);
    storage.items.set('a2a-limits:other', '{}');
    await expect(reserve(1)).rejects.toMatchObject({
      code: 'LIMITS_UNKNOWN',
      isDispatched: false,
      isRetryable: false,
      cause: expect.objectContaining({ message: 'no connection' }),
    });
    expect([...storage.items.keys()]).toEqual(['a2a-limits:other']);
    // And it has no hold on the calls that come after.
    storage.before = async () => {};
    await reserve(20);
  });

  test('when a call has ended: what was reserved counts on', async () => {
    const { reserve, spending, storage } = failing();
    const id = await reserve(15);
    storage.before = () => Promise.reject(new Error('no connection'));
    await spending.settle(id, { amount: 1 });
    await spending.settle(id, { amount: 0 });
    await spending.drop(id);
    storage.before = async () => {};
    await expect(reserve(6)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await reserve(5);
  });

  test('is not asked where no limit needs it', async () => {
    const storage = new RecordedStorage();
    storage.before = () => Promise.reject(new Error('no connection'));
    const { reserve, spending } = limited({ perCall: 10 }, storage);
    await spending.settle(await reserve(10), { amount: 10 });
    await spending.drop(await reserve(10));
    expect(storage.changes).toEqual([]);
  });
});

test.each([
  ['torn', '{"at":0,"openUntil":9000000,"amount":3'],
  ['empty', ''],
  ['of another version', '{"since":0,"tokens":30}'],
])('an entry that is %s does not count', async (_, value) => {
  const { reserve, storage } = limited({ perWindow: { amount: 10, minutes: 10 }, concurrent: 1 });
  await storage.setItem('a2a-limits:other', value);
  await reserve(10);
  await expect(reserve(1)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
});

test('another machine on the storage can end a call', async () => {
  const one = limited({ perWindow: { amount: 10, minutes: 10 }, concurrent: 1 });
  const two = limited({ perWindow: { amount: 10, minutes: 10 }, concurrent: 1 }, one.storage);
  const id = await one.reserve(10);
  await two.spending.settle(id, { amount: 4 });
  await expect(one.reserve(7)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  await two.spending.settle(id, { amount: 0 });
  await one.reserve(10);
});

test('concurrent: of many at once as many get through as are allowed, on one machine', async () => {
  const { reserve, spending, storage } = limited({ concurrent: 3 });
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => reserve(1)));
  const through = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(through).toHaveLength(3);
  expect(await storage.getKeys()).toHaveLength(3);
  await Promise.all(through.map((id) => spending.drop(id)));
  await Promise.all([reserve(1), reserve(1), reserve(1)]);
});

describe('a process that does not know the time of the ledger yet', () => {
  const window: SpendingLimitOptions = { perWindow: { amount: 20, minutes: 5 } };
  const by = (
    limits: SpendingLimitOptions,
    now: () => number | undefined,
    storage: JournalStorage,
  ) => new SpendingLimits({ limits, storage, now });
  const call = (amount: number) => ({
    agent: 'agent',
    amount,
    conversation: undefined,
    ttlMinutes: 5,
  });
  const start = 100 * minute;

  test.each<[string, SpendingLimitOptions]>([
    ['perWindow', window],
    ['concurrent', { concurrent: 1 }],
  ])('%s: its entry counts for those who do, although its clock is slow', async (_, limits) => {
    const storage = memoryStorage();
    vi.setSystemTime(start);
    await by(limits, () => undefined, storage).reserve('slow', call(20));
    const ledger = by(limits, () => start + 10 * minute, storage);
    await expect(ledger.reserve('right', call(20))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });

  test.each([-10, 10])('the time is put right when the call ends (%i minutes)', async (ahead) => {
    const storage = memoryStorage();
    let known: number | undefined;
    vi.setSystemTime(start);
    const cold = by(window, () => known, storage);
    await cold.reserve('cold', call(20));
    known = start - ahead * minute;
    await cold.settle('cold', { amount: 20 });
    const late = (minutes: number) =>
      by(window, () => start + (minutes - ahead) * minute, storage).reserve('next', call(20));
    await expect(late(4)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await late(6);
  });
});

test.each<[SpendingLimitOptions, string]>([
  [
    { perWindow: { amount: 25, minutes: 60 } },
    'limits.perWindow allows 25 tokens in 60 minutes, and 20 are in use',
  ],
  [
    { perWindow: { amount: 25, minutes: 1 } },
    'limits.perWindow allows 25 tokens in 1 minute, and 20 are in use',
  ],
  [{ perConversation: 25 }, 'limits.perConversation allows 25 tokens, and 20 are in use'],
  [{ concurrent: 1 }, 'limits.concurrent allows 1 call at a time'],
  [{ concurrent: 0 }, 'limits.concurrent allows 0 calls at a time'],
])('a refusal by %j says what is in use', async (limits, why) => {
  const { reserve } = limited(limits);
  if (limits.concurrent !== 0) await reserve(20, 'talk');
  await expect(reserve(10, 'talk')).rejects.toMatchObject({
    message: `The call of agent "agent" for 10 tokens was not sent: ${why}.`,
  });
});

describe('other currencies', () => {
  const agents = { capabilities: { capturedBy: 'agent', partialRelease: false } } as const;
  const payers = { capabilities: { capturedBy: 'payer', partialRelease: true } } as const;

  function perCurrency(limits: SpendingLimitOptions, storage: JournalStorage = memoryStorage()) {
    const spending = new SpendingLimits({ limits, storage, now: Date.now });
    const reserve = async (amount: number | string, code?: string) => {
      const id = `call-${count++}`;
      const rail = code === undefined ? payers : agents;
      const inForce = limitsInForce(limits, rail, code);
      const call = { agent: 'agent', conversation: 'talk', ttlMinutes: 60 };
      await spending.reserve(id, { ...call, amount, inForce });
      return id;
    };
    return { spending, reserve };
  }

  test('each counts its own, exactly, and beside the tokens of the exchange', async () => {
    const perWindow = { amount: '0.3', minutes: 10 };
    const limits = {
      perWindow: { amount: 5, minutes: 10 },
      USDC: { perWindow },
      EURC: { perWindow },
    };
    const { reserve } = perCurrency(limits);
    await reserve(5);
    await reserve('0.1', 'USDC');
    // As floating-point numbers, they would be more than 0.3.
    await reserve('0.2', 'USDC');
    await expect(reserve('0.000001', 'USDC')).rejects.toMatchObject({
      message:
        'The call of agent "agent" for 0.000001 USDC was not sent: limits.USDC.perWindow allows 0.3 USDC in 10 minutes, and 0.3 are in use.',
    });
    await reserve('0.3', 'EURC');
    await expect(reserve(1)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  test('a cost replaces what was reserved, a refund gives it back', async () => {
    const limits = { USDC: { perConversation: 1 } };
    const { reserve, spending } = perCurrency(limits);
    const first = await reserve('0.5', 'USDC');
    const second = await reserve('0.5', 'USDC');
    await spending.settle(first, { amount: '0.123456' });
    await spending.settle(second, { amount: '0' });
    await reserve('0.876544', 'USDC');
    await expect(reserve('0.000001', 'USDC')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  test('with 18 decimals, of a call, and of calls at a time', async () => {
    const limits = { DAI: { perCall: '0.123456789012345678', concurrent: 1 } };
    const { reserve } = perCurrency(limits);
    await expect(reserve('0.123456789012345679', 'DAI')).rejects.toThrow('limits.DAI.perCall');
    await reserve('0.123456789012345678', 'DAI');
    await expect(reserve('0.1', 'DAI')).rejects.toThrow('allows 1 call at a time');
  });

  test('without a limit there is none in force, whatever a currency is called', () => {
    const limits = { perCall: 5, perWindow: { amount: 1, minutes: 1 }, USDC: { perCall: 1 } };
    for (const code of [
      'EURC',
      'usdc',
      'perCall',
      'perWindow',
      'toString',
      '__proto__',
      undefined,
    ]) {
      expect(limitsInForce(limits, agents, code)).toBeUndefined();
    }
    expect(limitsInForce(limits, agents, 'USDC')).toMatchObject({ name: 'limits.USDC' });
  });

  test('what a card calls the tokens of a payer’s rail changes nothing', () => {
    const limits = { perCall: 5, USDC: { perCall: 500 } };
    expect(limitsInForce(limits, payers, 'USDC')).toMatchObject({ limits: { perCall: 5 } });
  });
});
