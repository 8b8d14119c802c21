import { APICallError, type LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { generateText, streamText, wrapLanguageModel, type LanguageModel } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createSettlement,
  SettlementError,
  type SettlementEventName,
  type SettlementOptions,
} from '../../src/index';
import { FakeRail } from './fake-rail';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

const usage = {
  inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: undefined, reasoning: undefined },
};
const finish = (
  unified: 'stop' | 'error' | 'other' | 'length' | 'interrupted',
  raw?: string,
): LanguageModelV4StreamPart => ({
  type: 'finish',
  usage,
  finishReason: { unified, raw },
  providerMetadata: { a2a: { taskId: 'task-1', state: raw ?? 'completed' } },
});
const text: LanguageModelV4StreamPart[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'text-start', id: '1' },
  { type: 'text-delta', id: '1', delta: 'Hi' },
  { type: 'text-end', id: '1' },
];

let rail: FakeRail;
let events: string[];
beforeEach(() => {
  rail = new FakeRail();
  events = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function settle(
  model: { provider?: string; parts?: LanguageModelV4StreamPart[]; throws?: unknown },
  options: SettlementOptions = {},
): { model: LanguageModel; mock: MockLanguageModelV4 } {
  const mock = new MockLanguageModelV4({
    provider: model.provider ?? 'a2a',
    modelId: 'agent',
    doStream: async () => {
      if (model.throws !== undefined) throw model.throws;
      return { stream: streamOf(model.parts ?? [...text, finish('stop', 'completed')]) };
    },
    doGenerate: async () => {
      if (model.throws !== undefined) throw model.throws;
      const last = (model.parts ?? [finish('stop', 'completed')]).at(-1);
      if (last?.type !== 'finish') throw new Error('a mock needs a finish part');
      return {
        content: [{ type: 'text', text: 'Hi' }],
        finishReason: last.finishReason,
        usage,
        warnings: [],
        ...(last.providerMetadata !== undefined && { providerMetadata: last.providerMetadata }),
      };
    },
  });
  const settlement = createSettlement({
    rail,
    agents: model.provider === undefined ? { agent: { accountId: 'payee' } } : {},
    ...options,
  });
  const names: SettlementEventName[] = [
    'held',
    'released',
    'refunded',
    'kept',
    'unsettled',
    'unresolved',
  ];
  for (const name of names) settlement.on(name, () => events.push(name));
  return { model: wrapLanguageModel({ model: mock, middleware: settlement.middleware }), mock };
}

describe('who is settled', () => {
  test.each([
    ['a2a', {}, true],
    ['a2a.litellm', {}, true],
    ['openai.chat', {}, false],
    ['a2axyz', {}, false],
    ['openai.chat', { agent: { accountId: 'payee' } }, true],
  ])('provider %s with agents %j: %s', async (provider, agents, isSettled) => {
    rail.cardTerms = undefined;
    const { model } = settle(
      { provider },
      {
        agents:
          provider === 'a2a' || provider === 'a2a.litellm'
            ? { agent: { accountId: 'payee' } }
            : agents,
      },
    );
    const result = await generateText({ model, prompt: 'Hello' });
    expect(events).toEqual(isSettled ? ['held', 'released'] : []);
    expect('settlement' in (result.providerMetadata ?? {})).toBe(isSettled);
  });

  test('an untouched model gets its call as it was', async () => {
    const { model, mock } = settle({ provider: 'openai.chat' });
    await generateText({ model, prompt: 'Hello' });
    expect(mock.doGenerateCalls[0]?.providerOptions).toBeUndefined();
  });
});

describe.each(['generate', 'stream'] as const)('%s', (mode) => {
  const run = async (model: LanguageModel, abortSignal?: AbortSignal) => {
    const call = {
      model,
      prompt: 'Hello',
      maxRetries: 0,
      ...(abortSignal !== undefined && { abortSignal }),
    };
    if (mode === 'generate') return generateText(call);
    const result = streamText({ ...call, onError: () => {} });
    await result.consumeStream();
    return {
      text: await result.text,
      warnings: await result.warnings,
      providerMetadata: await result.providerMetadata,
    };
  };

  test.each([
    ['stop', 'completed', 'released'],
    ['stop', 'message', 'released'],
    ['other', 'input-required', 'kept'],
    ['other', 'auth-required', 'kept'],
    ['other', 'some-new-state', 'refunded'],
    ['error', 'failed', 'refunded'],
    ['interrupted', undefined, 'refunded'],
  ] as const)('an agent that finishes %s (%s): %s', async (unified, raw, status) => {
    const { model } = settle({ parts: [...text, finish(unified, raw)] });
    const { providerMetadata } = await run(model);
    expect(events).toEqual(['held', status]);
    expect(providerMetadata?.['settlement']).toMatchObject({ status, escrowId: 'escrow-1' });
  });

  test.each([
    ['stop', 'released'],
    ['length', 'released'],
    ['other', 'released'],
    ['error', 'refunded'],
    ['interrupted', 'refunded'],
  ] as const)('a listed model that is no agent and finishes %s: %s', async (unified, status) => {
    const { model } = settle(
      { provider: 'openai.chat', parts: [...text, finish(unified)] },
      { agents: { agent: { accountId: 'payee' } } },
    );
    await run(model);
    expect(events).toEqual(['held', status]);
  });

  test('a model that throws at once is refunded, and its error stands', async () => {
    const { model } = settle({ throws: new Error('no route') });
    await run(model).catch(() => {});
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 error']);
  });

  test('the model learns of the hold, beside what the caller sent along', async () => {
    const { model, mock } = settle({});
    const providerOptions = {
      a2a: { metadata: { mine: 1 }, extensions: ['urn:mine'], contextId: 'c' },
      other: { kept: true },
    };
    if (mode === 'generate') await generateText({ model, prompt: 'Hello', providerOptions });
    else await streamText({ model, prompt: 'Hello', providerOptions }).consumeStream();
    const [call] = mode === 'generate' ? mock.doGenerateCalls : mock.doStreamCalls;
    expect(call?.providerOptions).toEqual({
      a2a: {
        metadata: { mine: 1, pay: { escrowId: 'escrow-1' } },
        extensions: ['urn:mine', 'urn:pay'],
        contextId: 'c',
      },
      other: { kept: true },
      // For a settlement beneath this one.
      settlement: { isSettled: true, 'ai-sdk-a2a-settlement.settled': true },
    });
  });

  test('a hold that fails lets the call go on unpaid, and says so', async () => {
    rail.failures.hold.push(
      new SettlementError({ code: 'INSUFFICIENT_BALANCE', message: 'need 11, have 3.' }),
    );
    const { model } = settle({});
    const { providerMetadata, warnings } = await run(model);
    expect(events).toEqual(['unsettled']);
    expect(providerMetadata?.['settlement']).toEqual({
      status: 'unsettled',
      reason: 'INSUFFICIENT_BALANCE',
    });
    expect(JSON.stringify(warnings)).toContain('need 11, have 3.');
  });

  test('onHoldFailure: throw stops before the model is called', async () => {
    rail.failures.hold.push(new SettlementError({ code: 'NETWORK', message: 'gone.' }));
    const { model, mock } = settle({}, { onHoldFailure: 'throw' });
    const failure = mode === 'generate' ? run(model) : Promise.reject(await streamError(model));
    await expect(failure).rejects.toMatchObject({ name: 'AI_SettlementError', code: 'NETWORK' });
    expect([...mock.doGenerateCalls, ...mock.doStreamCalls]).toEqual([]);
  });

  test('no key: unpaid, with a warning that says so', async () => {
    rail.isConfigured = false;
    const { model } = settle({});
    const { warnings } = await run(model);
    expect(JSON.stringify(warnings)).toContain('This call goes on unpaid: no key is set.');
    expect(rail.asked).toEqual([]);
  });

  test('no payee: unpaid, with a warning that names the setting', async () => {
    const { model } = settle({}, { agents: {} });
    const { warnings } = await run(model);
    expect(JSON.stringify(warnings)).toContain('accountId');
    expect(rail.asked).toEqual([]);
  });

  test('a price of nothing holds nothing and warns of nothing', async () => {
    const { model } = settle({}, { agents: { agent: { accountId: 'payee', tokensPerCall: 0 } } });
    const { providerMetadata, warnings } = await run(model);
    expect(providerMetadata?.['settlement']).toEqual({ status: 'unsettled', reason: 'FREE' });
    expect(warnings).toEqual([]);
    expect(rail.asked).toEqual([]);
  });

  test('release and refund are tried again while the rail says it may help', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const gone = () => new SettlementError({ code: 'NETWORK', message: 'gone', isRetryable: true });
    rail.failures.release.push(gone(), gone());
    const { model } = settle({});
    const running = run(model);
    await vi.advanceTimersByTimeAsync(5000);
    await running;
    expect(rail.asked).toEqual(['hold', ...Array<string>(3).fill('release escrow-1')]);
    expect(events).toEqual(['held', 'released']);
  });

  test('a release that keeps failing is unresolved, never refunded', async () => {
    rail.failures.release.push(new SettlementError({ code: 'FORBIDDEN', message: 'not yours' }));
    const { model } = settle({});
    const { providerMetadata } = await run(model);
    expect(events).toEqual(['held', 'unresolved']);
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'pending' });
  });

  test('release is tried as often as by default where the options hold undefined', async () => {
    const down = () =>
      new SettlementError({ code: 'UPSTREAM', message: 'down', isRetryable: true });
    rail.failures.release.push(...Array.from({ length: 7 }, down));
    const { none } = JSON.parse('{}');
    const { model } = settle({}, { retry: { attempts: none, initialMs: 0.1, deadlineMs: none } });
    await run(model);
    expect(rail.asked.filter((asked) => asked.startsWith('release'))).toHaveLength(8);
  });

  test('the receipt is waited for no longer than receiptTimeoutMs; the settlement goes on', async () => {
    const { model } = settle({}, { receiptTimeoutMs: 5 });
    const answer = rail.gate('release');
    const { providerMetadata } = await run(model);
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'pending' });
    answer();
    await vi.waitFor(() => expect(events).toEqual(['held', 'released']));
  });

  test('a receipt is waited for as long as it takes, where that is wished for', async () => {
    const { model } = settle({}, { receiptTimeoutMs: Number.POSITIVE_INFINITY });
    rail.delayMs = 20;
    const { providerMetadata } = await run(model);
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
  });

  test('with waitUntil nothing is waited for, and the runtime is kept alive', async () => {
    const alive: Promise<unknown>[] = [];
    const { model } = settle({}, { waitUntil: (promise) => void alive.push(promise) });
    const answer = rail.gate('release');
    const { providerMetadata } = await run(model);
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'pending' });
    expect(events).toEqual(['held']);
    answer();
    await Promise.all(alive);
    expect(events).toEqual(['held', 'released']);
  });

  test('a waitUntil that throws costs nobody the answer: the settlement is waited for', async () => {
    const waitUntil = () => {
      throw new TypeError('Illegal invocation');
    };
    const { model } = settle({}, { waitUntil });
    const { providerMetadata } = await run(model);
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
    expect(events).toEqual(['held', 'released']);
  });

  test('an abort while the hold is under way undoes it, and calls no model', async () => {
    const answer = rail.gate('hold');
    const { model, mock } = settle({});
    const abort = new AbortController();
    const running = run(model, abort.signal).catch(() => {});
    await vi.waitFor(() => expect(rail.asked).toEqual(['hold']));
    abort.abort();
    await running;
    answer();
    await vi.waitFor(() => expect(events).toEqual(['held', 'refunded']));
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 aborted']);
    expect([...mock.doGenerateCalls, ...mock.doStreamCalls]).toEqual([]);
  });
});

test('a retry after an answer is a hold of its own, and each ends', async () => {
  const busy = new APICallError({
    message: 'busy',
    url: 'https://agent',
    requestBodyValues: {},
    statusCode: 503,
    isRetryable: true,
  });
  let calls = 0;
  const flaky = new MockLanguageModelV4({
    provider: 'a2a',
    modelId: 'agent',
    doGenerate: async () => {
      if (++calls === 1) throw busy;
      return {
        content: [{ type: 'text', text: 'Hi' }],
        finishReason: { unified: 'stop', raw: 'completed' },
        usage,
        warnings: [],
      };
    },
  });
  const { middleware } = createSettlement({ rail, agents: { agent: { accountId: 'payee' } } });
  const model = wrapLanguageModel({ model: flaky, middleware });
  await generateText({ model, prompt: 'Hello', maxRetries: 1 });
  expect(rail.asked).toEqual(['hold', 'refund escrow-1 error', 'hold', 'release escrow-2']);
  expect(new Set(rail.holds.map(({ taskId }) => taskId)).size).toBe(2);
});

async function streamError(model: LanguageModel): Promise<unknown> {
  return new Promise((resolve) => {
    const result = streamText({
      model,
      prompt: 'Hello',
      maxRetries: 0,
      onError: ({ error }) => resolve(error),
    });
    void result.consumeStream();
  });
}

function streamOf(parts: LanguageModelV4StreamPart[]): ReadableStream<LanguageModelV4StreamPart> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}

test.each(['content', 'finishReason', 'warnings'] as const)(
  'a listed model whose result has no `%s`: its hold is refunded, and no longer in use',
  async (missing) => {
    const { content, finishReason, warnings } = {
      content: [],
      finishReason: { unified: 'stop' as const, raw: undefined },
      warnings: [],
    };
    const result = { content, finishReason, usage, warnings };
    const mock = new MockLanguageModelV4({
      modelId: 'agent',
      doGenerate: async () => ({ ...result, [missing]: undefined }),
    });
    const settlement = createSettlement({ rail, agents: { agent: { accountId: 'payee' } } });
    const model = wrapLanguageModel({ model: mock, middleware: settlement.middleware });
    const call = model.doGenerate({ prompt: [{ role: 'user', content: [] }] });
    await expect(call).rejects.toThrow(TypeError);
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 error']);
    expect(await settlement.reconcile()).toEqual({ settled: [], open: [], unresolved: [] });
  },
);
