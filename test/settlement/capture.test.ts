import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { generateText, streamText, wrapLanguageModel, type LanguageModel } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod/v4';
import {
  createSettlement,
  SettlementError,
  type FinishedGeneration,
  type SettlementEvent,
  type SettlementOptions,
} from '../../src/index';
import { FakeRail } from './fake-rail';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

const usage = {
  inputTokens: { total: 400, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 100, text: undefined, reasoning: undefined },
};

let rail: FakeRail;
let events: [string, SettlementEvent][];
beforeEach(() => {
  rail = new FakeRail();
  rail.cardTerms = { payee: 'payee', amount: 20, required: false };
  events = [];
});
afterEach(() => void vi.useRealTimers());

function settle(
  options: SettlementOptions = {},
  { metadata = {}, delayMs = 0 }: { metadata?: Record<string, number>; delayMs?: number } = {},
) {
  const work = () => new Promise((resolve) => setTimeout(resolve, delayMs));
  const data = { a2a: { data: { city: 'Oslo' } } };
  const end = {
    usage,
    finishReason: { unified: 'stop' as const, raw: 'completed' },
    providerMetadata: { a2a: { taskId: 'task-1', metadata } },
  };
  const mock = Object.assign(
    new MockLanguageModelV4({
      provider: 'a2a',
      modelId: 'agent',
      doGenerate: async () => {
        await work();
        return {
          ...end,
          content: [
            { type: 'text', text: 'Hello ' },
            { type: 'custom', kind: 'a2a.data', providerMetadata: data },
            { type: 'text', text: 'World' },
          ],
          warnings: [],
        };
      },
      doStream: async () => ({
        stream: new ReadableStream<LanguageModelV4StreamPart>({
          async start(controller) {
            for (const part of [
              { type: 'stream-start', warnings: [] },
              { type: 'text-start', id: '1' },
              { type: 'text-delta', id: '1', delta: 'Hello ' },
              { type: 'custom', kind: 'a2a.data', providerMetadata: data },
              { type: 'text-delta', id: '1', delta: 'World' },
              { type: 'text-end', id: '1' },
            ] satisfies LanguageModelV4StreamPart[]) {
              controller.enqueue(part);
            }
            await work();
            controller.enqueue({ type: 'finish', ...end });
            controller.close();
          },
        }),
      }),
    }),
    { agentCard: async () => ({}) },
  );
  const settlement = createSettlement({ rail, ...options });
  for (const name of ['held', 'released', 'refunded', 'disputed', 'unsettled', 'error'] as const) {
    settlement.on(name, (event) => events.push([name, event]));
  }
  return { model: wrapLanguageModel({ model: mock, middleware: settlement.middleware }), mock };
}

describe.each(['generate', 'stream'] as const)('%s', (mode) => {
  const run = async (model: LanguageModel) => {
    const call = { model, prompt: 'Hello', maxRetries: 0 };
    const errors: unknown[] = [];
    const result =
      mode === 'generate'
        ? await generateText(call)
        : streamText({ ...call, onError: ({ error }) => void errors.push(error) });
    if ('consumeStream' in result) await result.consumeStream();
    if (errors.length > 0) throw errors[0];
    return (await result.providerMetadata)?.['settlement'];
  };
  const names = () => events.map(([name]) => name);

  test.each<[string, SettlementOptions, Record<string, number>, string]>([
    ['nobody says', {}, {}, 'release escrow-1'],
    ['the agent reports', {}, { creditsUsed: 3.2 }, 'release escrow-1 4'],
    ['the agent reports more than is held', {}, { creditsUsed: 900 }, 'release escrow-1'],
    ['the agent reports nothing used', {}, { creditsUsed: 0 }, 'refund escrow-1 nothing-used'],
    ['a meter', { meter: () => 7 }, { creditsUsed: 3 }, 'release escrow-1 7'],
    [
      'a meter that fails',
      { meter: () => JSON.parse('{') },
      { creditsUsed: 3 },
      'release escrow-1 3',
    ],
    [
      'the meter of the agent',
      { meter: () => 7, agents: { agent: { meter: () => 8 } } },
      {},
      'release escrow-1 8',
    ],
    [
      'units by usage',
      { price: { model: 'per-unit', baseTokens: 20, maxTokens: 20 } },
      {},
      'release escrow-1 10',
    ],
    [
      'units by report',
      { price: { model: 'per-unit', baseTokens: 20, maxTokens: 20 } },
      { units: 50 },
      'release escrow-1 1',
    ],
  ])('captures what was used: %s', async (_, options, metadata, asked) => {
    const { model } = settle(options, { metadata });
    const receipt = await run(model);
    expect(rail.holds).toMatchObject([{ amount: 20 }]);
    expect(rail.asked).toEqual(['hold', asked]);
    const part = / (\d+)$/.exec(asked)?.[1];
    if (part === undefined) return;
    expect(receipt).toMatchObject({
      status: 'partially-released',
      amount: 20,
      captured: Number(part),
      returned: 21 - Number(part),
      fee: 0,
    });
    expect(names()).toEqual(['held', 'released']);
  });

  test('minutes by the clock, out of the card’s price for ten', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    rail.cardTerms = { payee: 'payee', amount: 6, pricingModel: 'per-minute', required: false };
    const running = run(settle({}, { delayMs: 95_000 }).model);
    await vi.advanceTimersByTimeAsync(95_000);
    expect(await running).toMatchObject({ amount: 60, captured: 10, returned: 51 });
  });

  test('verify and meter see the finished generation', async () => {
    const seen: FinishedGeneration[] = [];
    const verify = (generation: FinishedGeneration) => {
      seen.push(generation);
      return true;
    };
    const meter = (generation: FinishedGeneration) => void seen.push(generation);
    await run(settle({ verify, meter: async (g) => meter(g) }).model);
    const generation = {
      agent: 'agent',
      text: 'Hello World',
      data: [{ city: 'Oslo' }],
      files: 0,
      finishReason: 'stop',
      usage,
      providerMetadata: { a2a: { taskId: 'task-1', metadata: {} } },
    };
    expect(seen).toEqual([generation, generation]);
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test.each<[string, SettlementOptions, string, string[]]>([
    ['true', { verify: () => true }, 'release escrow-1', ['held', 'released']],
    [
      'a schema that fits',
      { verify: z.object({ city: z.string() }) },
      'release escrow-1',
      ['held', 'released'],
    ],
    ['false', { verify: () => false }, 'refund escrow-1 verification-failed', ['held', 'refunded']],
    [
      'a schema that does not fit',
      { verify: z.object({ town: z.string() }) },
      'refund escrow-1 verification-failed',
      ['held', 'refunded'],
    ],
    [
      'a throw',
      { verify: () => JSON.parse('{') },
      'refund escrow-1 verification-failed',
      ['held', 'error', 'refunded'],
    ],
    [
      'false, of the agent',
      { verify: () => true, agents: { agent: { verify: () => false } } },
      'refund escrow-1 verification-failed',
      ['held', 'refunded'],
    ],
    [
      'false, disputed',
      { verify: () => false, dispute: { stake: 12 } },
      'dispute escrow-1 verification-failed 12',
      ['held', 'disputed'],
    ],
  ])('verify: %s', async (_, options, asked, told) => {
    const receipt = await run(settle(options).model);
    expect(rail.asked).toEqual(['hold', asked]);
    expect(names()).toEqual(told);
    const last = events.at(-1)?.[1];
    expect(receipt).toEqual(last?.receipt);
    if (!told.includes('released')) expect(last?.reason).toBe('verification-failed');
    if (told.includes('disputed')) expect(receipt).toMatchObject({ status: 'disputed', stake: 12 });
    if (told.includes('error')) expect(events[1]?.[1].error?.code).toBe('VERIFY_FAILED');
  });

  test('a slow verify keeps the result no longer than receiptTimeoutMs, and still decides', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const verify = () => promise;
    expect(await run(settle({ verify, receiptTimeoutMs: 5 }).model)).toMatchObject({
      status: 'pending',
    });
    resolve(false);
    await vi.waitFor(() => expect(names()).toEqual(['held', 'refunded']));
  });

  test('an unpaid answer is not judged', async () => {
    const [verify, meter] = [vi.fn(() => false), vi.fn(() => 1)];
    const { model } = settle({ verify, meter, enabled: false });
    expect(await run(model)).toMatchObject({ status: 'unsettled' });
    expect([verify, meter].flatMap(({ mock }) => mock.calls)).toEqual([]);
  });

  test.each<[string, SettlementOptions, string]>([
    ['a card above the ceiling', { maxTokensPerCall: 19 }, 'LIMIT_EXCEEDED'],
    ['a function above the ceiling', { price: () => 21, maxTokensPerCall: 20 }, 'LIMIT_EXCEEDED'],
    ['half a token', { price: () => 1.5 }, 'INVALID_AMOUNT'],
    [
      'more than a hold can have',
      { tokensPerCall: 10_001, agents: { agent: { tokensPerCall: 10_001 } } },
      'INVALID_AMOUNT',
    ],
  ])('%s: a typed error, nothing held, nothing sent', async (_, options, code) => {
    const { model, mock } = settle(options);
    const failure: unknown = await run(model).catch((error: unknown) => error);
    expect(SettlementError.isInstance(failure) && failure.code).toBe(code);
    expect(rail.asked).toEqual([]);
    expect([...mock.doGenerateCalls, ...mock.doStreamCalls]).toEqual([]);
    expect(events).toEqual([]);
  });
});

test('reconcile captures the part that was decided on', async () => {
  const items = new Map<string, string>();
  const storage = {
    getItem: async (key: string) => items.get(key),
    setItem: async (key: string, value: string) => void items.set(key, value),
    removeItem: async (key: string) => void items.delete(key),
    getKeys: async () => [...items.keys()],
  };
  rail.failures.release.push(new SettlementError({ code: 'FORBIDDEN', message: 'not now' }));
  const { model } = settle({ journal: { storage }, meter: () => 7 });
  await generateText({ model, prompt: 'Hello' });
  const report = await createSettlement({ rail, journal: { storage } }).reconcile();
  expect(rail.asked).toEqual(['hold', 'release escrow-1 7', 'release escrow-1 7']);
  expect(report.settled).toMatchObject([{ receipt: { captured: 7, returned: 14 } }]);
});
