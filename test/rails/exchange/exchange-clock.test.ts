import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createExchangeClient } from '../../../src/rails/exchange/exchange-client';
import { ExchangeClock } from '../../../src/rails/exchange/exchange-clock';
import { exchangeRail } from '../../../src/rails/exchange/exchange-rail';
import { fakeExchange, json, looked } from './fake-exchange';
import { exchangeUrl, sandboxExchange } from './sandbox-exchange';

const minute = 60_000;
const start = Date.UTC(2026, 10, 21, 12, 0, 0, 700);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
});
afterEach(() => vi.useRealTimers());

const dated = (ms: number) => new Headers({ date: new Date(ms).toUTCString() });

describe('ExchangeClock', () => {
  const offsetOf = (clock: ExchangeClock) => clock.now() - Date.now();
  const at = (ms: number, tookMs = 0) => ({ startedAt: ms - tookMs, endedAt: ms });

  it('is this machine’s while nothing else is known', () => {
    expect(new ExchangeClock().now()).toBe(start);
  });

  it.each([10 * minute, -10 * minute, 5000, -5000, 86_000_000])(
    'is found out to two seconds when it is %d ms off',
    (offset) => {
      const clock = new ExchangeClock();
      clock.observe(dated(start + offset), at(start));
      expect(Math.abs(offsetOf(clock) - offset)).toBeLessThanOrEqual(2000);
      vi.setSystemTime(start + 45 * minute);
      expect(Math.abs(offsetOf(clock) - offset)).toBeLessThanOrEqual(2000);
    },
  );

  it.each([0, 200, -600])('that may well agree is taken to agree (%d ms)', (offset) => {
    const clock = new ExchangeClock();
    clock.observe(dated(start + offset), at(start));
    expect(offsetOf(clock)).toBe(0);
  });

  it('keeps the better estimate when a slow answer says less', () => {
    const clock = new ExchangeClock();
    clock.observe(dated(start + 10 * minute), at(start));
    const known = offsetOf(clock);
    clock.observe(dated(start + 10 * minute), at(start + 15_000, 30_000));
    expect(offsetOf(clock)).toBe(known);
  });

  it('takes the newer estimate when a clock was set meanwhile', () => {
    const clock = new ExchangeClock();
    clock.observe(dated(start), at(start));
    clock.observe(dated(start + 10 * minute), at(start));
    expect(Math.abs(offsetOf(clock) - 10 * minute)).toBeLessThanOrEqual(2000);
    clock.observe(dated(start), at(start));
    expect(offsetOf(clock)).toBe(0);
  });

  it.each([
    ['no date', new Headers()],
    ['no date that can be read', new Headers({ date: 'yesterday' })],
    ['the date of a cached answer', new Headers([...dated(start + 10 * minute), ['age', '600']])],
    ['a date of long ago', new Headers({ date: new Date(0).toUTCString() })],
    ['a date far off', dated(start + 3 * 86_400_000)],
  ])('learns nothing from %s', (_, headers) => {
    const clock = new ExchangeClock();
    clock.observe(headers, at(start));
    expect(clock.now()).toBe(start);
    clock.observe(dated(start + 10 * minute), at(start));
    clock.observe(headers, at(start));
    expect(offsetOf(clock)).toBeGreaterThan(9 * minute);
  });

  it('learns nothing from a request during which this machine’s clock went back', () => {
    const clock = new ExchangeClock();
    clock.observe(dated(start), { startedAt: start + 10 * minute, endedAt: start });
    expect(clock.now()).toBe(start);
  });
});

describe('a rail whose exchange has another clock', () => {
  const setUp = (offsetMs: number) => {
    const exchange = sandboxExchange({ now: () => new Date(Date.now() + offsetMs) });
    const { fetch, payer, agent } = exchange;
    const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch });
    const request = { taskId: 't-1', payee: agent.accountId, amount: 10, ttlMinutes: 5 };
    return { ...exchange, rail, request };
  };

  it.each([10, -10])('tells the exchange’s time, %d minutes off', async (minutes) => {
    const { rail, request } = setUp(minutes * minute);
    expect(rail.now?.()).toBeUndefined();
    await rail.hold(request);
    const offset = (rail.now?.() ?? 0) - Date.now();
    expect(Math.abs(offset - minutes * minute)).toBeLessThanOrEqual(2000);
  });

  it('knows each exchange’s clock apart', async () => {
    const { rail, request } = setUp(10 * minute);
    await rail.hold(request);
    const { fetch } = fakeExchange(json(200, { escrows: [] }));
    const other = exchangeRail({ exchangeUrl: 'https://other.example.com', apiKey: 'a', fetch });
    await other.find?.('t-1');
    expect(other.now?.()).toBeUndefined();
  });

  it.each([-10, 10])('has a hold lapse when the exchange does, %d minutes off', async (minutes) => {
    const { rail, request } = setUp(minutes * minute);
    const hold = await rail.hold(request);
    expect(await rail.look?.(hold)).toMatchObject({ state: { type: 'held' } });
    vi.setSystemTime(Date.now() + 5 * minute - 10_000);
    expect(await rail.look?.(hold)).toMatchObject({ state: { type: 'held' } });
    vi.setSystemTime(Date.now() + 20_000);
    expect(await rail.look?.(hold)).toMatchObject({ state: { type: 'lapsed' } });
  });

  it('takes a hold for lapsed that the exchange still calls held, by the exchange’s clock', async () => {
    const escrow = { ...looked, expires_at: '2026-11-21T12:05:00', group_id: 'g' };
    const look = async (date: number) => {
      const headers = { date: new Date(date).toUTCString() };
      const { fetch } = fakeExchange(({ url }) =>
        url.includes('/balance')
          ? json(200, { account_id: 'payer-1' }, headers)
          : json(200, url.includes('?') ? { escrows: [escrow] } : escrow, headers),
      );
      const rail = exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch });
      const hold = { escrowId: 'e-1', exchangeUrl };
      const recorded = await rail.look?.({ ...anyHold, ...hold });
      const [grouped] = (await rail.listGroup?.('g')) ?? [];
      expect(grouped?.state).toEqual(recorded?.state);
      return recorded?.state.type;
    };
    expect(await look(start)).toBe('held');
    expect(await look(start + 10 * minute)).toBe('lapsed');
    vi.setSystemTime(start + 10 * minute);
    expect(await look(start)).toBe('held');
  });

  it('waits by the exchange’s clock for what the exchange dates', async () => {
    const exchangeTime = start - 10 * minute;
    const date = new Date(exchangeTime).toUTCString();
    const retryAfter = new Date(exchangeTime + 60_000).toUTCString();
    const until = new Date(exchangeTime + 60_000).toISOString();
    const { fetch } = fakeExchange(
      json(429, { error: 'Rate limit exceeded' }, { date, 'retry-after': retryAfter }),
      json(423, { detail: `Account is temporarily frozen until ${until}.` }, { date }),
    );
    const client = createExchangeClient({ url: exchangeUrl, apiKey: 'ate_1', fetch });
    for (const code of ['RATE_LIMITED', 'ACCOUNT_FROZEN']) {
      const error = await client.balance().catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code, retryAfterMs: expect.any(Number) });
      expect(Math.abs(Reflect.get(Object(error), 'retryAfterMs') - 60_000)).toBeLessThan(2500);
    }
  });
});

const anyHold = {
  rail: 'a2a-se',
  taskId: 't-1',
  payee: 'agent-1',
  amount: 7,
  fee: 1,
  currency: 'ATE',
  expiresAt: new Date(start),
};

describe('a signature', () => {
  it.each([10, -10])('is made by the exchange’s clock, %d minutes off', async (minutes) => {
    const { fetch, payer, requests } = sandboxExchange({
      now: () => new Date(Date.now() + minutes * minute),
      requireSignatures: true,
    });
    const options = { exchangeUrl, apiKey: payer.apiKey, fetch, signRequests: true };
    const rail = exchangeRail(options);
    // Refused once, which is how the clock is learned.
    expect(await rail.find?.('t-1')).toBeUndefined();
    expect(requests).toHaveLength(2);
    expect(await rail.find?.('t-1')).toBeUndefined();
    expect(requests).toHaveLength(3);
  });

  it('that is refused for another reason is not made again', async () => {
    const { fetch, requests } = sandboxExchange({ requireSignatures: true });
    const rail = exchangeRail({ exchangeUrl, apiKey: 'ate_unknown', fetch, signRequests: true });
    await expect(rail.find?.('t-1')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(requests).toHaveLength(1);
  });
});
