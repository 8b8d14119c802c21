import { wrapLanguageModel } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSettlement, exchangeRail, type Hold } from '../../src/index';
import { shareLookups } from '../../src/settlement/hold/obtain-hold';
import { serveSandbox } from '../../src/sandbox/serve-sandbox';
import { aSettlement } from './a-settlement';
import { FakeRail, lineBroke } from './fake-rail';
import { promptAfter, ScriptedAgent } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

describe('look-ups', () => {
  /** A rail that lists, and says which lists it was asked for. */
  function lister() {
    const rail = new FakeRail();
    const lists: string[][] = [];
    const find = vi.spyOn(rail, 'find');
    const findMany = async (taskIds: readonly string[]) => {
      lists.push([...taskIds]);
      const held = await rail.listHeld('aisdk-');
      return new Map(held.map((hold) => [hold.taskId, hold]));
    };
    return { find, lists, rail: Object.assign(rail, { findMany }) };
  }

  test('that are asked for at once are one list', async () => {
    const { find, lists, rail } = lister();
    const hold = rail.put({ taskId: 'aisdk-b' });
    const lookups = shareLookups(rail);
    const found = await Promise.all(['a', 'b', 'c'].map((id) => lookups.find?.(`aisdk-${id}`)));
    expect(found).toEqual([undefined, hold, undefined]);
    expect(lists).toEqual([['aisdk-a', 'aisdk-b', 'aisdk-c']]);
    expect(find).not.toHaveBeenCalled();
  });

  test('that come while a list is under way share the next one, and see what is new', async () => {
    const { lists, rail } = lister();
    const lookups = shareLookups(rail);
    const answer = rail.gateAnswer('listHeld');
    const first = lookups.find?.('aisdk-a');
    await vi.waitFor(() => expect(lists).toHaveLength(1));
    const hold = rail.put({ taskId: 'aisdk-a' });
    const rest = Array.from({ length: 40 }, () => lookups.find?.('aisdk-a'));
    answer();
    expect(await first).toBeUndefined();
    expect(new Set(await Promise.all(rest))).toEqual(new Set([hold]));
    expect(lists).toEqual([['aisdk-a'], ['aisdk-a']]);
  });

  test('that fail, fail for those who shared them, and not for later ones', async () => {
    const { rail } = lister();
    const hold = rail.put({ taskId: 'aisdk-a' });
    const lookups = shareLookups(rail);
    rail.failures.listHeld.push(lineBroke());
    const failed = await Promise.allSettled([lookups.find?.('aisdk-a'), lookups.find?.('aisdk-b')]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await lookups.find?.('aisdk-a')).toEqual(hold);
  });

  test('are asked one by one where the rail does not list', async () => {
    const rail = new FakeRail();
    const lookups = shareLookups(rail);
    await Promise.all([lookups.find?.('a'), lookups.find?.('b')]);
    expect(rail.looked).toEqual(['find a', 'find b']);
  });

  test('are none where the rail cannot look', () => {
    expect(shareLookups({}).find).toBeUndefined();
  });
});

describe('holds whose answers were lost', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test('are looked for together for as long as deadlineMs, less and less often', async () => {
    const lists: number[] = [];
    const rail = Object.assign(new FakeRail(), {
      cardTerms: { payee: 'payee', amount: 20, required: false },
      findMany: async (taskIds: readonly string[]) => {
        lists.push(taskIds.length);
        return new Map<string, Hold>();
      },
    });
    const { model, told } = aSettlement({ rail, options: { retry: { deadlineMs: 60_000 } } });
    rail.failures.hold.push(...Array.from({ length: 100 }, lineBroke));
    const calls = Array.from({ length: 50 }, () => model.doGenerate({ prompt: promptAfter() }));
    await vi.advanceTimersByTimeAsync(30_000);
    await Promise.all(calls);
    const unresolved = () => told.filter(([name]) => name === 'unresolved');
    expect(unresolved()).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(unresolved()).toHaveLength(50);
    // Two for those who wait, and those of a minute.
    expect(lists.length).toBeGreaterThan(5);
    expect(lists.length).toBeLessThan(60);
    expect(Math.max(...lists)).toBe(50);
    const before = lists.length;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(lists).toHaveLength(before);
  });

  test('one that comes later does not wait for those that wait long', async () => {
    // A look of the first one must not come upon what the second one's looks are to meet.
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { model, names, rail } = aSettlement({ options: { retry: { deadlineMs: 60_000 } } });
    rail.failures.hold.push(lineBroke(), lineBroke());
    await Promise.all([
      model.doGenerate({ prompt: promptAfter() }),
      vi.advanceTimersByTimeAsync(45_000),
    ]);
    rail.lostAnswers.hold.push(lineBroke(), lineBroke());
    rail.failures.find.push(lineBroke(), lineBroke());
    const call = model.doGenerate({ prompt: promptAfter() });
    await vi.advanceTimersByTimeAsync(1000);
    await call;
    expect(names()).toEqual(['unsettled', 'unsettled', 'refunded']);
  });

  test('one that shows is given back while another refund hangs', async () => {
    const { model, names, rail } = aSettlement({ options: { retry: { deadlineMs: 60_000 } } });
    const refund = rail.refund.bind(rail);
    const hanging = Promise.withResolvers<void>();
    let refunds = 0;
    rail.refund = async (...args) => {
      if (++refunds === 1) await hanging.promise;
      return refund(...args);
    };
    for (let call = 0; call < 2; call++) {
      rail.lostAnswers.hold.push(lineBroke(), lineBroke());
      rail.failures.find.push(lineBroke(), lineBroke());
      const called = model.doGenerate({ prompt: promptAfter() });
      await vi.advanceTimersByTimeAsync(5000);
      await called;
    }
    expect(names().filter((name) => name === 'refunded')).toHaveLength(1);
    hanging.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(names().filter((name) => name === 'refunded')).toHaveLength(2);
  });
});

test('50 generations under a slow exchange ask it for a list a few times, not for each hold', async () => {
  const sandbox = await serveSandbox({ payerTokens: 10_000 });
  const seen: string[] = [];
  const countOf = (request: string) => seen.filter((one) => one === request).length;
  const allAsked = Promise.withResolvers<void>();
  let isSlow = true;
  /** It does what it is asked for, and while it is slow it answers too late. */
  const slow: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input instanceof Request ? input.url : input));
    const isHold = pathname.endsWith('/escrow');
    seen.push(pathname.split('/').at(-1) ?? '');
    if (countOf('escrow') === 50) allAsked.resolve();
    const answer = await fetch(input, init);
    if (isHold) await allAsked.promise;
    if (!isSlow) return answer;
    await answer.body?.cancel();
    return new Response('{"detail":"Request Timeout"}', { status: 408 });
  };
  const settlement = createSettlement({
    rail: exchangeRail({
      exchangeUrl: sandbox.exchangeUrl,
      apiKey: sandbox.payer.apiKey,
      fetch: slow,
    }),
    agents: { agent: { accountId: sandbox.agents.streamer.accountId, price: 2 } },
  });
  const ends: string[] = [];
  const refunded = Promise.withResolvers<void>();
  for (const name of ['unsettled', 'refunded', 'released', 'unresolved'] as const) {
    settlement.on(name, () => {
      ends.push(name);
      if (ends.length === 100) refunded.resolve();
    });
  }
  const { middleware } = settlement;
  try {
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const model = wrapLanguageModel({ model: new ScriptedAgent(), middleware });
        const result = await model.doGenerate({ prompt: promptAfter() });
        expect(result.providerMetadata?.['settlement']).toMatchObject({
          status: 'unknown',
          reason: 'TIMEOUT',
        });
      }),
    );
    isSlow = false;
    await refunded.promise;
    expect(ends.sort()).toEqual([...Array(50).fill('refunded'), ...Array(50).fill('unsettled')]);
    expect(sandbox.ledger().escrows.map(({ status }) => status)).toEqual(
      Array(50).fill('refunded'),
    );
    expect([countOf('escrow'), countOf('refund')]).toEqual([50, 50]);
    // One by one they were more than a hundred.
    expect(seen.length - 100).toBeLessThan(25);
  } finally {
    await sandbox.close();
  }
}, 120_000);
