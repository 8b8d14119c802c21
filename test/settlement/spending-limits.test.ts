import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { memoryStorage } from '../../src/settlement/journal-storage';
import { SpendingLimits, type SpendingLimitOptions } from '../../src/settlement/spending-limits';

const minute = 60_000;
let count = 0;

function limited(limits: SpendingLimitOptions, storage = memoryStorage()) {
  const spending = new SpendingLimits({ limits, storage });
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
    await spending.settle(second, 0, undefined);
    await spending.settle(first, 5, undefined);
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
  await spending.settle(first, 1, undefined);
  await reserve(1);
  vi.setSystemTime(61 * minute);
  await reserve(1);
});

test('perConversation counts by conversation, which may be known only at the end', async () => {
  const { spending, reserve } = limited({ perConversation: 10 });
  const first = await reserve(6);
  await spending.settle(first, 6, 'talk');
  await expect(reserve(5, 'talk')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  await reserve(5, 'other');
  await reserve(4, 'talk');
});

test('old entries are swept out', async () => {
  const { reserve, spending, storage } = limited({ perWindow: { amount: 100, minutes: 10 } });
  await spending.settle(await reserve(1), 1, undefined);
  vi.setSystemTime(25 * 60 * minute);
  await reserve(1);
  expect(await storage.getKeys()).toHaveLength(1);
});
