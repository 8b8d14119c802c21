import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { useQuickCrypto } from '../model/quick-crypto';
import { waitBefore } from '../../src/settlement/state/backoff';
import { aSettlement } from './a-settlement';
import { failure, lineBroke, type FakeRail } from './fake-rail';
import { entries } from './journal-entries';
import { leftBehind } from './left-behind';
import { promptAfter } from './scripted-agent';

// In other threads it would go on while the clock stands.
afterAll(useQuickCrypto());

const prompt = promptAfter();
const tooMany = (retryAfterMs?: number) =>
  failure('RATE_LIMITED', { isRetryable: true, retryAfterMs });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Milliseconds that are waited before a try. */
async function waitOf(...args: Parameters<typeof waitBefore>): Promise<number> {
  const before = Date.now();
  const waited: number[] = [];
  void waitBefore(...args).then(() => waited.push(Date.now() - before));
  await vi.advanceTimersByTimeAsync(250_000);
  return waited[0] ?? Number.POSITIVE_INFINITY;
}

describe('the wait before a try', () => {
  test.each([
    [1, 250],
    [2, 500],
    [3, 1000],
    [6, 8000],
    [7, 15_000],
    [50, 15_000],
    [5000, 15_000],
  ])('after %i tries: %i ms', async (attempt, ms) => {
    expect(await waitOf(attempt, { initialMs: 250 }, lineBroke())).toBe(ms);
  });

  test.each([
    [0, 0],
    [2000, 2000],
    [30_000, 30_000],
    [3_600_000, 30_000],
    [Number.POSITIVE_INFINITY, 30_000],
  ])('where %i ms are asked for: %i ms', async (asked, ms) => {
    expect(await waitOf(1, { initialMs: 250 }, tooMany(asked))).toBe(ms);
  });

  test.each([
    ['its own', lineBroke()],
    ['what is asked for', tooMany(20_000)],
  ])('is not longer than the time that is left: %s', async (_, error) => {
    expect(await waitOf(7, { initialMs: 250, maxMs: 700 }, error)).toBe(700);
  });
});

describe('release and refund', () => {
  const down = (rail: FakeRail, { forMs }: { forMs: number }) => {
    const until = Date.now() + forMs;
    const at: number[] = [];
    rail.onCall = (call) => {
      if (call === 'hold') return;
      if (call === 'release') at.push(Date.now() - (until - forMs));
      if (Date.now() < until) throw lineBroke();
    };
    return at;
  };

  test.each([5, 20, 50])('outlast an exchange that is away for %i seconds', async (seconds) => {
    const { model, names, rail } = aSettlement({ options: { retry: {} } });
    down(rail, { forMs: seconds * 1000 });
    const call = model.doGenerate({ prompt });
    await vi.advanceTimersByTimeAsync(60_000);
    await call;
    expect(names()).toEqual(['held', 'released']);
  });

  test('go on as long as deadlineMs, and are tried once more at its end', async () => {
    const { model, names, rail } = aSettlement({ options: { retry: { deadlineMs: 20_000 } } });
    const at = down(rail, { forMs: 3_600_000 });
    const call = model.doGenerate({ prompt });
    await vi.advanceTimersByTimeAsync(120_000);
    await call;
    expect(names()).toEqual(['held', 'unresolved']);
    expect(at).toEqual([0, 250, 750, 1750, 3750, 7750, 15_750, 20_000]);
  });

  test('end earlier where attempts are counted', async () => {
    const { model, names, rail } = aSettlement({ options: { retry: { attempts: 3 } } });
    const at = down(rail, { forMs: 3_600_000 });
    const call = model.doGenerate({ prompt });
    await vi.advanceTimersByTimeAsync(120_000);
    await call;
    expect([names(), at]).toEqual([
      ['held', 'unresolved'],
      [0, 250, 750],
    ]);
  });

  test('of reconcile are tried five times: it comes again', async () => {
    const { leave, rail, settlement } = leftBehind({ options: { retry: {} } });
    await leave(entries.settling(rail.put(), { type: 'release' }));
    let tries = 0;
    rail.onCall = (call) => {
      if (call !== 'release') return;
      tries++;
      throw tooMany();
    };
    const reconciled = settlement.reconcile();
    await vi.advanceTimersByTimeAsync(600_000);
    expect((await reconciled).unresolved).toHaveLength(1);
    expect(tries).toBe(5);
  });
});
