import { generateText, streamText, type ModelMessage } from 'ai';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { agentUrl, openSse, result, say, scriptedAgent, silence } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();
afterEach(() => {
  vi.useRealTimers();
});

const prompt = 'Hi';
const reason = new Error('The user left.');
const callPrompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: prompt }] }];
const canceled = result({ id: 't-1', contextId: 'c-1', status: { state: 'TASK_STATE_CANCELED' } });
const working = (id: unknown) =>
  [say.task('WORKING'), say.artifact('a', 'Half')].map((event) => ({
    jsonrpc: '2.0',
    id,
    result: event,
  }));

describe('aborted', () => {
  test('before the call: nothing is sent', async () => {
    const { model, calls } = scriptedAgent(result(say.message('x')));
    const abortSignal = AbortSignal.abort(reason);
    await expect(model.doGenerate({ prompt: callPrompt, abortSignal })).rejects.toBe(reason);
    await expect(model.doStream({ prompt: callPrompt, abortSignal })).rejects.toBe(reason);
    await expect(model.agentCard({ abortSignal })).rejects.toBe(reason);
    expect(calls).toEqual([]);
  });

  test('while the card is fetched: no message is sent', async () => {
    const abort = new AbortController();
    const sent: string[] = [];
    const a2a = createA2A({
      fetch: (input) => {
        sent.push(String(input));
        abort.abort(reason);
        return silence();
      },
    });
    for (const mode of ['doGenerate', 'doStream'] as const) {
      const call = a2a(agentUrl)[mode]({ prompt: callPrompt, abortSignal: abort.signal });
      await expect(call).rejects.toBe(reason);
    }
    expect(sent).toHaveLength(1);
  });

  test.each([
    ['heeds', {}],
    ['does not heed', { signal: null }],
  ])('while the headers are made: a fetch that %s its signal sends nothing', async (_, change) => {
    const abort = new AbortController();
    let asked = 0;
    const { fetch, requests } = scriptedAgent(result(say.message('x')));
    const a2a = createA2A({
      fetch: (input, init) => fetch(input, { ...init, ...change }),
      headers: async () => {
        // First for the card, then for the message.
        if (++asked === 2) abort.abort(reason);
        return {};
      },
    });
    const call = a2a(agentUrl).doGenerate({ prompt: callPrompt, abortSignal: abort.signal });
    await expect(call).rejects.toBe(reason);
    expect(requests()).toEqual([]);
  });

  test('after calls that could not be made: they have left no listener on the signal', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const { a2a } = scriptedAgent(result(say.message('x')), {
      headers: async () => {
        if (added.mock.calls.length > 0) throw new Error('no token');
        return {};
      },
    });
    const model = a2a(agentUrl);
    await model.agentCard();
    for (let call = 0; call < 3; call++) {
      await model.doGenerate({ prompt: callPrompt, abortSignal: signal }).catch(() => {});
    }
    expect(added).toHaveBeenCalled();
    expect(added.mock.calls.length).toBe(removed.mock.calls.length);
  });

  test('while a blocking send waits: the request ends, and the agent knows no task to cancel', async () => {
    const abort = new AbortController();
    const { model, requests } = scriptedAgent(({ id, rpc, signal }) => {
      if (rpc === 'ListTasks') return Response.json({ jsonrpc: '2.0', id, result: { tasks: [] } });
      queueMicrotask(() => abort.abort(reason));
      expect(signal?.aborted).toBe(false);
      return silence();
    });
    await expect(model.doGenerate({ prompt: callPrompt, abortSignal: abort.signal })).rejects.toBe(
      reason,
    );
    expect(requests().map(({ rpc, signal }) => [rpc, signal?.aborted])).toEqual([
      ['SendMessage', true],
      ['ListTasks', false],
    ]);
  });

  test.each(['send', 'stream'])('while a task that was asked about goes on: %s', async (mode) => {
    const abort = new AbortController();
    const { model, requests } = scriptedAgent([
      result(say.task('INPUT_REQUIRED', { said: 'Which?' })),
      () => {
        setTimeout(() => abort.abort(reason), 5);
        return silence();
      },
      canceled,
    ]);
    const { response } = await generateText({ model, prompt });
    const messages: ModelMessage[] = [...response.messages, { role: 'user', content: 'This' }];
    const call = { model, messages, abortSignal: abort.signal };
    if (mode === 'send') await expect(generateText(call)).rejects.toBe(reason);
    else await streamText({ ...call, onError: () => {} }).consumeStream();
    expect(
      requests()
        .map(({ rpc }) => rpc)
        .slice(2),
    ).toEqual(['CancelTask']);
    expect(JSON.parse(requests()[2]?.body ?? '').params.id).toBe('t-1');
  });

  test('in the middle of a stream: the task is canceled, once', async () => {
    const abort = new AbortController();
    const { model, requests } = scriptedAgent([({ id }) => openSse(working(id)), canceled], {
      headers: { authorization: 'Bearer t' },
    });
    const { stream } = await model.doStream({ prompt: callPrompt, abortSignal: abort.signal });
    const seen: string[] = [];
    const read = (async () => {
      for await (const part of stream) {
        seen.push(part.type);
        if (part.type === 'text-delta') abort.abort(reason);
      }
    })();
    await expect(read).rejects.toBe(reason);
    expect(seen).toContain('text-delta');
    expect(seen).not.toContain('error');
    const [sent, cancel, ...others] = requests();
    expect(others).toEqual([]);
    expect(sent?.signal?.aborted).toBe(true);
    expect(cancel?.rpc).toBe('CancelTask');
    expect(cancel?.headers.get('authorization')).toBe('Bearer t');
  });

  test('by a reader that cancels: the same', async () => {
    const { model, requests } = scriptedAgent([({ id }) => openSse(working(id)), canceled]);
    const { stream } = await model.doStream({ prompt: callPrompt });
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel(reason);
    await reader.cancel(reason);
    expect(requests().map(({ rpc }) => rpc)).toEqual(['SendStreamingMessage', 'CancelTask']);
  });

  test('after the end: nothing is canceled', async () => {
    const abort = new AbortController();
    const { model, requests } = scriptedAgent(result(say.task('COMPLETED')));
    await model.doGenerate({ prompt: callPrompt, abortSignal: abort.signal });
    const { stream } = await model.doStream({ prompt: callPrompt, abortSignal: abort.signal });
    for await (const _ of stream) continue;
    abort.abort(reason);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(requests()).toHaveLength(2);
  });

  test('between two questions for the task: at once', async () => {
    const abort = new AbortController();
    const { model, requests } = scriptedAgent(
      [
        result(say.task('WORKING')),
        (call) => {
          setTimeout(() => abort.abort(reason), 5);
          return result(say.task('WORKING').task)(call);
        },
        canceled,
      ],
      { polling: { intervalMs: 60_000, timeoutMs: 600_000 } },
    );
    await expect(model.doGenerate({ prompt: callPrompt, abortSignal: abort.signal })).rejects.toBe(
      reason,
    );
    expect(requests().map(({ rpc }) => rpc)).toEqual(['SendMessage', 'GetTask', 'CancelTask']);
  });
});

describe('an agent that never answers the cancel', () => {
  test.each([
    ['a fetch that heeds its signal', true],
    ['a fetch that does not', false],
  ])('holds nobody up for longer than 3 s: %s', async (_, heeds) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
    // `AbortSignal.timeout` runs on a clock of its own.
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException('late', 'TimeoutError')), ms);
      return controller.signal;
    });
    const abort = new AbortController();
    const agent = scriptedAgent([({ id }) => openSse(working(id)), silence]);
    const fetch: typeof agent.fetch = (input, init) =>
      heeds || !String(init?.body).includes('CancelTask')
        ? agent.fetch(input, init)
        : agent.fetch(input, { ...init, signal: null });
    const { stream } = await createA2A({ fetch })(agentUrl).doStream({
      prompt: callPrompt,
      abortSignal: abort.signal,
    });
    const reader = stream.getReader();
    await reader.read();
    abort.abort(reason);
    let isOver = false;
    const drained = (async () => {
      while (!(await reader.read()).done) continue;
    })().catch((error: unknown) => {
      isOver = true;
      return error;
    });
    await vi.advanceTimersByTimeAsync(2900);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(isOver).toBe(true);
    expect(await drained).toBe(reason);
    expect(agent.requests().map(({ rpc }) => rpc)).toEqual(['SendStreamingMessage', 'CancelTask']);
    timeout.mockRestore();
  });

  test('or refuses it', async () => {
    const abort = new AbortController();
    const { model } = scriptedAgent([
      ({ id }) => openSse(working(id)),
      () => Response.json({ detail: 'no' }, { status: 500 }),
    ]);
    const { stream } = await model.doStream({ prompt: callPrompt, abortSignal: abort.signal });
    const read = (async () => {
      for await (const part of stream) if (part.type === 'text-delta') abort.abort(reason);
    })();
    await expect(read).rejects.toBe(reason);
  });
});

test.each([
  { name: 'SDK 1.x', start: startSdk1Peer, binding: 'JSONRPC' as const },
  { name: 'SDK 1.x, HTTP+JSON', start: startSdk1Peer, binding: 'HTTP+JSON' as const },
  { name: 'SDK 0.3', start: startSdk03Peer, binding: 'JSONRPC' as const },
  { name: 'SDK 0.3, HTTP+JSON', start: startSdk03Peer, binding: 'HTTP+JSON' as const },
])('$name is told to stop, once', async ({ start, binding }) => {
  const peer = await start({ binding });
  try {
    const abort = new AbortController();
    const { fullStream } = streamText({
      model: createA2A()(peer.url),
      prompt: 'hangs',
      abortSignal: abort.signal,
    });
    for await (const part of fullStream) if (part.type === 'text-delta') abort.abort();
    await vi.waitFor(() => expect(peer.canceled).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(peer.canceled).toHaveLength(1);
  } finally {
    await peer.close();
  }
});
