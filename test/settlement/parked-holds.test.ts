import { APICallError } from '@ai-sdk/provider';
import { generateText, streamText, wrapLanguageModel } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSettlement, type SettlementOptions } from '../../src/index';
import { useQuickCrypto } from '../model/quick-crypto';
import { aSettlement, priced } from './a-settlement';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, ScriptedAgent, type Turn } from './scripted-agent';

/** No connection came about; with a status, the agent has answered. */
const unreached = (statusCode?: number): Turn => ({
  work: () => {
    throw new APICallError({
      message: 'not reached',
      url: 'https://agent',
      requestBodyValues: {},
      isRetryable: true,
      ...(statusCode !== undefined && { statusCode }),
    });
  },
});
const refused = unreached();
const prompt = promptAfter();

let restoreCrypto: () => void;
beforeEach(() => {
  // Node's own takes real time, while these tests move the clock.
  restoreCrypto = useQuickCrypto();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  restoreCrypto();
});

/** Lets the AI SDK's own waits between its tries go by. */
async function through<T>(call: PromiseLike<T>): Promise<T> {
  const over = { is: false };
  const watched = Promise.resolve(call).finally(() => (over.is = true));
  watched.catch(() => {});
  while (!over.is) await vi.advanceTimersByTimeAsync(100);
  return watched;
}

describe('a flapping agent', () => {
  test.each(['generateText', 'streamText'] as const)(
    '%s: its retries make one hold',
    async (name) => {
      const agent =
        name === 'streamText' ? new ScriptedAgent({}) : new ScriptedAgent(refused, refused, {});
      const { model, rail, names } = aSettlement({ agent });
      let calls = 0;
      const doStream = agent.doStream.bind(agent);
      agent.doStream = async (call) => {
        if (calls++ < 2) await refused.work?.();
        return doStream(call);
      };
      if (name === 'generateText') await through(generateText({ model, prompt: 'Hello' }));
      else await through(streamText({ model, prompt: 'Hello' }).text);
      expect(rail.asked).toEqual(['hold', 'release escrow-1']);
      expect(names()).toEqual(['held', 'released']);
    },
  );

  test('a hold that nobody takes goes back', async () => {
    const { model, rail, names } = aSettlement({ agent: new ScriptedAgent(refused) });
    await Promise.allSettled([model.doGenerate({ prompt })]);
    expect(rail.asked).toEqual(['hold']);
    await vi.advanceTimersByTimeAsync(4999);
    expect(rail.asked).toEqual(['hold']);
    await vi.advanceTimersByTimeAsync(1);
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 unreachable']);
    expect(names()).toEqual(['held', 'refunded']);
    // And is not taken after that.
    await model.doGenerate({ prompt });
    expect(rail.asked.slice(2)).toEqual(['hold', 'release escrow-2']);
  });

  test('waitUntil hears of it', async () => {
    const waiting: Promise<unknown>[] = [];
    const { model, rail } = aSettlement({
      agent: new ScriptedAgent(refused),
      options: { waitUntil: (promise) => void waiting.push(promise) },
    });
    await Promise.allSettled([model.doGenerate({ prompt })]);
    await through(Promise.all(waiting));
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 unreachable']);
  });

  test.each([
    ['503', unreached(503)],
    ['429', unreached(429)],
    ['another failure', { state: 'failed' }],
  ])('not after %s: the agent may have bound the hold', async (_, turn) => {
    const { model, rail } = aSettlement({ agent: new ScriptedAgent(turn, {}) });
    await Promise.allSettled([model.doGenerate({ prompt })]);
    expect(rail.asked).toHaveLength(2);
    expect(rail.asked[1]).toMatch(/^refund escrow-1/);
    await model.doGenerate({ prompt });
    expect(rail.asked.slice(2)).toEqual(['hold', 'release escrow-2']);
  });

  test('limits are reserved anew, and given back', async () => {
    const { model, rail } = aSettlement({
      agent: new ScriptedAgent(refused, refused, {}, {}),
      options: { limits: { perWindow: { amount: 20, minutes: 10 } } },
    });
    await Promise.allSettled([model.doGenerate({ prompt })]);
    await Promise.allSettled([model.doGenerate({ prompt })]);
    await model.doGenerate({ prompt });
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
    await expect(model.doGenerate({ prompt })).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(rail.asked).toHaveLength(2);
  });

  test.each<[string, SettlementOptions]>([
    ['another agent', {}],
    ['another amount', { price: 7 }],
    ['another time', { ttlMinutes: 7 }],
  ])('its hold is not taken for %s', async (what, options) => {
    const rail = priced();
    const agent = new ScriptedAgent(refused, {});
    const { modelId } = agent;
    const other = Object.assign(new ScriptedAgent({}), {
      modelId: what === 'another agent' ? 'other' : modelId,
    });
    const common = { rail, retry: { attempts: 1 } };
    let current: SettlementOptions = {};
    const both = createSettlement({
      ...common,
      agents: { agent: { price: () => (current.price === undefined ? 20 : 7) } },
    });
    const wrap = (model: ScriptedAgent, { middleware } = both) =>
      wrapLanguageModel({ model, middleware });
    await Promise.allSettled([wrap(agent).doGenerate({ prompt })]);
    current = options;
    const next = what === 'another time' ? createSettlement({ ...common, ...options }) : both;
    await wrap(other, next).doGenerate({ prompt });
    expect(rail.asked).toEqual(['hold', 'hold', 'release escrow-2']);
  });
});

test('what a process that died had parked goes back by the journal, much later', async () => {
  const storage = new RecordedStorage();
  const { rail, model } = aSettlement({ agent: new ScriptedAgent(refused), storage });
  await Promise.allSettled([model.doGenerate({ prompt })]);
  vi.clearAllTimers();
  const next = aSettlement({ rail, storage });
  const start = Date.now();
  for (const minutes of [1, 6, 19]) {
    vi.setSystemTime(start + minutes * 60_000);
    expect(await next.settlement.reconcile()).toMatchObject({ open: [{ escrowId: 'escrow-1' }] });
  }
  vi.setSystemTime(start + 21 * 60_000);
  expect(await next.settlement.reconcile()).toMatchObject({
    settled: [{ receipt: { status: 'refunded' } }],
  });
  expect(storage.stages()).toEqual([]);
});
