import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createExchangeClient } from '../../../src/rails/exchange/exchange-client';
import { exchangeRail } from '../../../src/rails/exchange/exchange-rail';
import { releasePercent } from '../../../src/rails/exchange/release-percent';
import { exchangeUrl, sandboxExchange } from './sandbox-exchange';

describe('releasePercent', () => {
  it.each([
    // [amount, held, percent]
    [1, 10_000, 1],
    [149, 10_000, 1],
    [151, 10_000, 2],
    [9849, 10_000, 98],
    [9999, 10_000, 99],
    [1, 100, 1],
    [99, 100, 99],
    [1, 7, 15],
    [6, 7, 86],
    [1, 2, 50],
    [3, 200, 1],
    [125, 1000, 12],
  ])('%d of %d: %d', (amount, held, percent) => {
    expect(releasePercent(amount, held)).toBe(percent);
  });

  const parts = fc
    .integer({ min: 2, max: 10_000 })
    .chain((held) => fc.tuple(fc.integer({ min: 1, max: held - 1 }), fc.constant(held)));

  test('pays exactly up to 100 tokens held, and within a percent above', () => {
    fc.assert(
      fc.property(parts, ([amount, held]) => {
        const percent = releasePercent(amount, held);
        expect(percent).toBeGreaterThanOrEqual(1);
        expect(percent).toBeLessThanOrEqual(99);
        const paid = Math.floor((held * percent) / 100);
        expect(paid).toBeLessThanOrEqual(held);
        expect(Math.abs(paid - amount)).toBeLessThanOrEqual(held <= 100 ? 0 : held / 100);
      }),
      { numRuns: 2000 },
    );
  });
});

test('on the ledger: what is captured, returned and taken as fee is what was held', async () => {
  const { fetch, payer, agent } = sandboxExchange();
  const client = createExchangeClient({ url: exchangeUrl, apiKey: payer.apiKey, fetch });
  const earning = createExchangeClient({ url: exchangeUrl, apiKey: agent.apiKey, fetch });
  const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch });
  await client.deposit({ amount: 1_000_000_000 });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 0, max: 11_000 }),
      async (held, used) => {
        const before = await Promise.all([client.balance(), earning.balance()]);
        const hold = await rail.hold({
          taskId: `t-${count++}`,
          payee: agent.accountId,
          amount: held,
          ttlMinutes: 5,
        });
        const settled = await rail.release(hold, { amount: used });
        const amount = 'amount' in settled ? settled.amount : 0;
        const fee = 'fee' in settled ? settled.fee : 0;
        const returned = 'returned' in settled ? settled.returned : 0;
        expect(amount + fee + returned).toBe(hold.amount + hold.fee);
        expect(amount).toBeLessThanOrEqual(held);
        const after = await Promise.all([client.balance(), earning.balance()]);
        expect(before[0].available - after[0].available).toBe(amount + fee);
        expect(after[1].available - before[1].available).toBe(amount);
        expect(after[0].heldInEscrow).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});
