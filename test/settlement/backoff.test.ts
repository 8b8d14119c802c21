import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SettlementError } from '../../src/rails/rail';
import { waitBefore } from '../../src/settlement/core/backoff';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

/** Milliseconds that go by before the next try. */
async function waited(retryAfterMs: number | undefined, attempt = 1): Promise<number> {
  const startedAt = Date.now();
  const facts = { code: 'RATE_LIMITED', message: 'x', isRetryable: true } as const;
  const waiting = waitBefore(
    attempt,
    { initialMs: 100 },
    new SettlementError({ ...facts, retryAfterMs }),
  );
  await vi.runAllTimersAsync();
  await waiting;
  return Date.now() - startedAt;
}

test.each([
  [7000, 7000],
  [0, 0],
  [30_000, 30_000],
  [86_400_000, 30_000],
  [Number.POSITIVE_INFINITY, 30_000],
])('an exchange that asks for %d ms is believed for %d ms', async (asked, ms) => {
  expect(await waited(asked)).toBe(ms);
});

test('one that says nothing is given exponentially longer', async () => {
  for (const attempt of [1, 2, 3, 4]) {
    const ms = await waited(undefined, attempt);
    const middle = 100 * 2 ** (attempt - 1);
    expect(ms).toBeGreaterThanOrEqual(Math.floor(middle * 0.5));
    expect(ms).toBeLessThanOrEqual(Math.ceil(middle * 1.5));
  }
});
