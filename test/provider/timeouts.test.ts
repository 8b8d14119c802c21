import { generateText, streamText } from 'ai';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { A2ATimeouts } from '../../src/provider/client/a2a-timeouts';
import { failureOf } from './failure-of';
import {
  agentUrl,
  artifact,
  blankCall,
  result,
  say,
  scriptedAgent as sealedAgent,
  silence,
  type Call,
} from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();
// Files that are loaded on demand come in real time, while these tests move the clock.
beforeAll(async () => {
  await failureOf(scriptedAgent(result(done)).model, 'generate');
  await failureOf(scriptedAgent(result(done)).model, 'stream');
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  // `AbortSignal.timeout` runs on a clock of its own.
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException('late', 'TimeoutError')), ms);
    return controller.signal;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const prompt = 'Hi';
const minute = 60_000;
const canceled = result({ id: 't-1', contextId: 'c-1', status: { state: 'TASK_STATE_CANCELED' } });
const done = say.task('COMPLETED', { artifacts: [artifact('a', 'Done')] });

/** Sends its texts, `everyMs` apart, and says nothing more. */
const drip =
  (everyMs: number, texts: (id: unknown) => string[]) =>
  ({ id }: Call) => {
    let timer: ReturnType<typeof setTimeout>;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const left = texts(id);
        const next = () => {
          const text = left.shift();
          if (text === undefined) return;
          controller.enqueue(new TextEncoder().encode(text));
          timer = setTimeout(next, everyMs);
        };
        timer = setTimeout(next, everyMs);
      },
      cancel: () => clearTimeout(timer),
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
const frame = (id: unknown, event: object) =>
  `data: ${JSON.stringify({ jsonrpc: '2.0', id, result: event })}\n\n`;
const half = (id: unknown) => [
  frame(id, say.task('WORKING')) + frame(id, say.artifact('a', 'Half')),
];

/** Seals are made in real time, which goes by between the ticks of this clock. */
const scriptedAgent: typeof sealedAgent = (answers, settings) =>
  sealedAgent(answers, { conversation: 'unsealed', ...settings });

/** How a call goes, and after how many milliseconds that is known. */
async function after(call: Promise<unknown>): Promise<{ value: unknown; ms: number }> {
  const start = Date.now();
  const settled: { value: unknown; ms: number }[] = [];
  void call.then((value) => settled.push({ value, ms: Date.now() - start }));
  for (let step = 0; step < 4000 && settled.length === 0; step++) {
    await vi.advanceTimersByTimeAsync(1000);
  }
  const [first] = settled;
  if (first === undefined) throw new Error('never');
  return first;
}

const timeout = (name: keyof A2ATimeouts, ms: number) => ({
  name: 'AI_A2AProtocolError',
  timeout: name,
  isRetryable: false,
  message: expect.stringContaining(`within ${ms} ms (timeouts.${name})`),
});

describe('connectMs', () => {
  test('an agent that does not answer a stream', async () => {
    const { model, requests } = scriptedAgent(silence, { timeouts: { connectMs: 5000 } });
    const { value, ms } = await after(failureOf(model, 'stream'));
    expect(value).toMatchObject(timeout('connectMs', 5000));
    expect(ms).toBe(5000);
    expect(requests()[0]?.signal?.aborted).toBe(true);
  });

  test('is 60 s by itself, and does not count for a message that waits for the work', async () => {
    const { model } = scriptedAgent(silence);
    const { value, ms } = await after(failureOf(model, 'stream'));
    expect(value).toMatchObject(timeout('connectMs', minute));
    expect(ms).toBe(minute);

    const slow = scriptedAgent(async (call) => {
      await new Promise((resolve) => setTimeout(resolve, 10 * minute));
      return result(done)(call);
    });
    const worked = await after(
      generateText({ model: slow.model, prompt }).then(({ text }) => text),
    );
    expect(worked).toEqual({ value: 'Done', ms: 10 * minute });
  });

  test('of a question for the task is one question lost', async () => {
    const { model, requests } = scriptedAgent(
      [result(say.task('WORKING')), silence, silence, result(done.task)],
      { timeouts: { connectMs: 1000 }, polling: { timeoutMs: minute } },
    );
    const { value } = await after(generateText({ model, prompt }).then(({ text }) => text));
    expect(value).toBe('Done');
    expect(requests()).toHaveLength(4);
  });

  test('a fetch that does not heed its signal is not waited for', async () => {
    const agent = scriptedAgent(silence);
    const { model } = scriptedAgent(silence, {
      timeouts: { connectMs: 1000 },
      fetch: (input, init) => agent.fetch(input, { ...init, signal: null }),
    });
    const { value } = await after(failureOf(model, 'stream'));
    expect(value).toMatchObject(timeout('connectMs', 1000));
  });
});

describe('firstEventMs', () => {
  test('comments are no event', async () => {
    const pings = () => Array.from({ length: 100 }, () => ': ping\n\n');
    const { model } = scriptedAgent(drip(1000, pings), { timeouts: { firstEventMs: 9000 } });
    const { value, ms } = await after(failureOf(model, 'stream'));
    expect(value).toMatchObject(timeout('firstEventMs', 9000));
    expect(ms).toBe(9000);
  });

  test('bounds a message that waits for the work', async () => {
    const { model } = scriptedAgent(silence, { timeouts: { firstEventMs: 9000 } });
    const { value, ms } = await after(failureOf(model));
    expect(value).toMatchObject(timeout('firstEventMs', 9000));
    expect(ms).toBe(9000);
  });

  test('is over with the first event', async () => {
    const { model } = scriptedAgent(
      drip(4000, (id) => [
        ...half(id),
        frame(id, say.artifact('a', ' and', true)),
        frame(id, done),
      ]),
      { timeouts: { firstEventMs: 5000 } },
    );
    expect((await after(failureOf(model, 'stream'))).value).toBeUndefined();
  });
});

describe('idleMs', () => {
  test('silence in the middle: what came is kept, and the agent is asked to cancel', async () => {
    const { model, requests } = scriptedAgent([drip(1000, half), canceled], {
      timeouts: { idleMs: 30_000 },
    });
    const seen: unknown[] = [];
    const { ms } = await after(
      (async () => {
        const { fullStream } = streamText({ model, prompt, onError: () => {} });
        for await (const part of fullStream) {
          if (part.type === 'text-delta') seen.push(part.text);
          if (part.type === 'error') seen.push(part.error);
          if (part.type === 'finish') seen.push(part.finishReason);
        }
      })(),
    );
    expect(seen).toEqual(['Half', expect.objectContaining(timeout('idleMs', 30_000)), 'error']);
    expect(ms).toBe(31_000);
    expect(requests().map(({ rpc }) => rpc)).toEqual(['SendStreamingMessage', 'CancelTask']);
    expect(requests()[1]?.body).toContain('"id":"t-1"');
  });

  test('comments are life', async () => {
    const { model } = scriptedAgent(
      drip(20_000, (id) => [
        ...half(id),
        ...Array.from({ length: 30 }, () => ': ping\n\n'),
        frame(id, done),
      ]),
      { timeouts: { idleMs: 30_000 } },
    );
    const { value, ms } = await after(failureOf(model, 'stream'));
    expect(value).toBeUndefined();
    expect(ms).toBeGreaterThan(10 * minute);
  });

  test('a reader that takes its time is no silence of the agent', async () => {
    const { model } = scriptedAgent(
      drip(1000, (id) => [...half(id), frame(id, done)]),
      { timeouts: { idleMs: 5000 } },
    );
    const { value } = await after(
      (async () => {
        const seen: string[] = [];
        for await (const part of streamText({ model, prompt }).textStream) {
          seen.push(part);
          await new Promise((resolve) => setTimeout(resolve, minute));
        }
        return seen;
      })(),
    );
    expect(value).toEqual(expect.arrayContaining(['Half']));
  });

  /** A reader that takes a minute before it reads on, and what it gets then. */
  async function readLate(texts: (id: unknown) => string[]) {
    const { model } = scriptedAgent([drip(1000, texts), canceled], { timeouts: { idleMs: 5000 } });
    const { stream } = await model.doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
    });
    const reader = stream.getReader();
    const types: string[] = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return types;
      types.push(value.type);
      if (value.type !== 'text-delta') continue;
      await new Promise((resolve) => setTimeout(resolve, minute));
    }
  }

  test('bytes that a reader leaves unread are no silence of the agent', async () => {
    const { value } = await after(
      readLate((id) => [
        ...half(id),
        frame(id, say.artifact('a', ' and', true)),
        frame(id, say.artifact('a', ' half', true)),
        frame(id, say.status('COMPLETED')),
      ]),
    );
    expect(value).toEqual(expect.arrayContaining(['finish']));
    expect(value).not.toContain('error');
  });

  test('silence behind a reader that has taken its time', async () => {
    const { value } = await after(
      readLate((id) => [
        ...half(id),
        frame(id, say.artifact('a', ' and', true)),
        frame(id, say.artifact('a', ' half', true)),
      ]),
    );
    expect(value).toEqual(expect.arrayContaining(['error', 'finish']));
  });

  test.each([0, undefined])('%s is none', async (idleMs) => {
    const { model } = scriptedAgent(
      drip(20 * minute, (id) => [...half(id), frame(id, done)]),
      { timeouts: { idleMs, connectMs: idleMs } },
    );
    const { value, ms } = await after(failureOf(model, 'stream'));
    expect(value).toBeUndefined();
    expect(ms).toBeGreaterThanOrEqual(20 * minute);
  });
});

describe('totalMs', () => {
  test.each(['generate', 'stream'] as const)(
    'ends whatever goes on, after the task was canceled: %s',
    async (mode) => {
      const { model, requests } = scriptedAgent(
        ({ rpc, id }) =>
          rpc === 'CancelTask'
            ? canceled({ ...blankCall, id })
            : rpc === 'SendStreamingMessage'
              ? drip(1000, half)({ ...blankCall, id })
              : result(rpc === 'GetTask' ? say.task('WORKING').task : say.task('WORKING'))({
                  ...blankCall,
                  id,
                }),
        { timeouts: { totalMs: 90_000 }, polling: { intervalMs: 500, timeoutMs: 10 * minute } },
      );
      const { value, ms } = await after(failureOf(model, mode));
      expect(value).toMatchObject({ ...timeout('totalMs', 90_000), taskId: 't-1' });
      expect(ms).toBe(90_000);
      expect(requests().at(-1)?.rpc).toBe('CancelTask');
      expect(requests().filter(({ rpc }) => rpc === 'CancelTask')).toHaveLength(1);
    },
  );

  test('leaves no timer behind', async () => {
    const { model } = scriptedAgent(result(done), { timeouts: { totalMs: 90_000 } });
    await model.agentCard();
    const ofTheCard = vi.getTimerCount();
    await generateText({ model, prompt });
    await streamText({ model, prompt }).consumeStream();
    expect(vi.getTimerCount()).toBe(ofTheCard);
  });
});

test('each is set for one agent, too', async () => {
  const { a2a } = scriptedAgent(silence, {
    timeouts: { connectMs: 1000, totalMs: 5000 },
    agents: { patient: { url: agentUrl, timeouts: { connectMs: undefined } } },
  });
  expect((await after(failureOf(a2a('patient'), 'stream'))).value).toMatchObject(
    timeout('totalMs', 5000),
  );
  expect((await after(failureOf(a2a(agentUrl), 'stream'))).value).toMatchObject(
    timeout('connectMs', 1000),
  );
});
