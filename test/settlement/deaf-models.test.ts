import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { wrapLanguageModel } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSettlement, type SettlementOptions } from '../../src/index';
import { FakeRail } from './fake-rail';
import { promptAfter, ScriptedAgent } from './scripted-agent';

const prompt = promptAfter();
const gone = new Error('the caller has gone');

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A model that goes on for ever, and does not listen to its signal. */
class DeafModel implements LanguageModelV4 {
  readonly specificationVersion = 'v4';
  readonly modelId = 'agent';
  readonly supportedUrls = {};
  readonly provider: string;
  calls = 0;
  readonly canceled: unknown[] = [];
  readonly finishCall = Promise.withResolvers<void>();
  private readonly before: LanguageModelV4StreamPart[];
  private readonly hangs: 'at once' | 'in its stream';

  constructor({
    before = [],
    hangs = 'in its stream',
    provider = 'openai.chat',
  }: {
    before?: LanguageModelV4StreamPart[];
    hangs?: 'at once' | 'in its stream';
    provider?: string;
  } = {}) {
    this.before = before;
    this.hangs = hangs;
    this.provider = provider;
  }

  async doGenerate(): Promise<never> {
    this.calls++;
    return new Promise(() => {});
  }

  async doStream() {
    this.calls++;
    if (this.hangs === 'at once') await this.finishCall.promise;
    const { before, canceled } = this;
    return {
      stream: new ReadableStream<LanguageModelV4StreamPart>({
        start(controller) {
          for (const part of before) controller.enqueue(part);
        },
        cancel: (reason) => {
          canceled.push(reason);
          return new Promise(() => {});
        },
      }),
    };
  }
}

function settled(model: LanguageModelV4, options: SettlementOptions = {}) {
  const rail = new FakeRail();
  const settlement = createSettlement({
    rail,
    agents: { agent: { accountId: 'payee' } },
    ...options,
  });
  return { rail, model: wrapLanguageModel({ model, middleware: settlement.middleware }) };
}

const begun: LanguageModelV4StreamPart[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'text-start', id: '1' },
  { type: 'text-delta', id: '1', delta: 'Hi' },
];

describe('a listed model that ignores its abort signal', () => {
  test('doGenerate: the caller has the abort, and the hold is refunded', async () => {
    const deaf = new DeafModel();
    const { model, rail } = settled(deaf);
    const abort = new AbortController();
    const call = model.doGenerate({ prompt, abortSignal: abort.signal });
    const ended = Promise.resolve(call).catch((error: unknown) => error);
    await vi.waitFor(() => expect(deaf.calls).toBe(1));
    abort.abort(gone);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 aborted']);
    expect(await ended).toBe(gone);
  });

  test('doStream that never answers: the caller has the abort, and the hold is refunded', async () => {
    const deaf = new DeafModel({ hangs: 'at once' });
    const { model, rail } = settled(deaf);
    const abort = new AbortController();
    const call = model.doStream({ prompt, abortSignal: abort.signal });
    const ended = Promise.resolve(call).catch((error: unknown) => error);
    await vi.waitFor(() => expect(deaf.calls).toBe(1));
    abort.abort(gone);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 aborted']);
    expect(await ended).toBe(gone);
    // What it answers after all is not left open.
    deaf.finishCall.resolve();
    await vi.waitFor(() => expect(deaf.canceled).toEqual([gone]));
  });

  test.each(['reads', 'never reads'])(
    'a stream that never ends: it is canceled, and the hold refunded (the caller %s)',
    async (caller) => {
      const deaf = new DeafModel({ before: begun });
      const { model, rail } = settled(deaf);
      const abort = new AbortController();
      const { stream } = await model.doStream({ prompt, abortSignal: abort.signal });
      const parts: LanguageModelV4StreamPart[] = [];
      const sink = new WritableStream<LanguageModelV4StreamPart>({
        write: (part) => void parts.push(part),
      });
      const ended =
        caller === 'reads' ? stream.pipeTo(sink).catch((error: unknown) => error) : undefined;
      await vi.advanceTimersByTimeAsync(600_000);
      expect(rail.asked).toEqual(['hold']);
      abort.abort(gone);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(rail.asked).toEqual(['hold', 'refund escrow-1 aborted']);
      expect(deaf.canceled).toEqual([gone]);
      if (caller === 'never reads') return;
      expect(await ended).toBe(gone);
      expect(parts).toEqual(begun);
    },
  );

  test.each([
    ['refund', 'refund escrow-1 aborted'],
    ['release', 'release escrow-1'],
  ] as const)('onAbort: %s decides', async (onAbort, asked) => {
    const { model, rail } = settled(new DeafModel(), { onAbort });
    const abort = new AbortController();
    await model.doStream({ prompt, abortSignal: abort.signal });
    abort.abort(gone);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(rail.asked).toEqual(['hold', asked]);
  });

  test('one that sends on after the abort is settled as soon', async () => {
    const { model, rail } = settled(
      Object.assign(new DeafModel(), {
        doStream: async () => ({
          stream: new ReadableStream<LanguageModelV4StreamPart>({
            async pull(controller) {
              await new Promise((resolve) => setTimeout(resolve, 100));
              controller.enqueue({ type: 'text-delta', id: '1', delta: 'Hi' });
            },
          }),
        }),
      }),
    );
    const abort = new AbortController();
    await model.doStream({ prompt, abortSignal: abort.signal });
    await vi.advanceTimersByTimeAsync(5000);
    abort.abort(gone);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 aborted']);
  });
});

describe('an agent that answers its cancellation late', () => {
  test('has four seconds to say how its task ended', async () => {
    const agent = new ScriptedAgent({
      work: () => new Promise((resolve) => setTimeout(resolve, 4000)),
    });
    const { model, rail } = settled(agent);
    const abort = new AbortController();
    const { stream } = await model.doStream({ prompt, abortSignal: abort.signal });
    const parts: LanguageModelV4StreamPart[] = [];
    const read = stream.pipeTo(new WritableStream({ write: (part) => void parts.push(part) }));
    abort.abort(gone);
    await vi.advanceTimersByTimeAsync(4000);
    await read;
    expect(parts.at(-1)).toMatchObject({ type: 'finish', finishReason: { raw: 'completed' } });
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test.each(['doGenerate', 'doStream'] as const)(
    '%s: one that never ends is asked for its task, which decides',
    async (method) => {
      const agent = new ScriptedAgent({ work: () => new Promise(() => {}) });
      agent.tasks.set('task-1', { state: 'completed' });
      const { model, rail } = settled(agent);
      const abort = new AbortController();
      const call = Promise.resolve(model[method]({ prompt, abortSignal: abort.signal }));
      call.catch(() => {});
      await vi.waitFor(() => expect(agent.calls).toHaveLength(1));
      await vi.advanceTimersByTimeAsync(1000);
      abort.abort(gone);
      await vi.advanceTimersByTimeAsync(10_000);
      // A task that nobody has heard of yet cannot be asked for.
      const isKnown = method === 'doStream';
      expect(agent.askedFor).toEqual(isKnown ? ['task-1'] : []);
      expect(rail.asked.at(-1)).toBe(isKnown ? 'release escrow-1' : 'refund escrow-1 aborted');
    },
  );
});

test('a call that ends leaves no listener on its signal', async () => {
  const abort = new AbortController();
  const count = { on: 0, off: 0 };
  const { signal } = abort;
  const [add, remove] = [
    signal.addEventListener.bind(signal),
    signal.removeEventListener.bind(signal),
  ];
  signal.addEventListener = (...listener: Parameters<typeof add>) => (count.on++, add(...listener));
  signal.removeEventListener = (...listener: Parameters<typeof remove>) => (
    count.off++,
    remove(...listener)
  );
  const { model } = settled(new ScriptedAgent());
  const { stream } = await model.doStream({ prompt, abortSignal: signal });
  await stream.pipeTo(new WritableStream());
  await model.doGenerate({ prompt, abortSignal: signal });
  expect(count.on).toBeGreaterThan(0);
  expect(count.off).toBe(count.on);
});
