import { generateText, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import type { Binding } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { artifact, result, scriptedAgent, type Call } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const isMessage = (body: unknown, url: string) =>
  /message[:/]/.test(url) || /"(?:Send\w*Message|message\/\w+)"/.test(String(body));

/** Brings each message to the agent, waits for its answer to begin, and loses that. */
function loseAnswers(
  how: 'before the answer' | 'before its first event' | 'in silence',
): typeof fetch {
  return async (input, init) => {
    const { signal: _, ...request } = init ?? {};
    if (!isMessage(request.body, String(input))) return globalThis.fetch(input, init);
    const response = await globalThis.fetch(input, request);
    const reader = response.body?.getReader();
    await reader?.read();
    // The server goes on, as it would for a caller that is gone.
    void (async () => {
      while ((await reader?.read())?.done === false);
    })().catch(() => {});
    const lost = new TypeError('terminated', { cause: { code: 'ECONNRESET' } });
    if (how === 'before the answer') throw lost;
    const body = new ReadableStream({
      start(controller) {
        if (how === 'in silence') controller.close();
        else controller.error(lost);
      },
    });
    return new Response(body, { status: response.status, headers: response.headers });
  };
}

const losses = ['before the answer', 'before its first event', 'in silence'] as const;

describe.each(['JSONRPC', 'HTTP+JSON'] satisfies Binding[])('an agent of 1.0, %s', (binding) => {
  test.each(losses)('whose answer is lost %s is found by its message', async (how) => {
    const peer = await startSdk1Peer({ binding });
    try {
      const a2a = createA2A({ fetch: loseAnswers(how), polling: { intervalMs: 5 } });
      // Somebody else's task.
      await generateText({ model: createA2A()(peer.url), prompt: 'completes' });
      const model = a2a(peer.url);
      const streamed = streamText({ model, prompt: 'slow' });
      expect(await streamed.text).toBe('one two three');
      expect((await streamed.providerMetadata)?.['a2a']).toMatchObject({ state: 'completed' });
      expect(peer.messages()).toHaveLength(2);
      // An empty answer to a message that is not streamed is an answer.
      if (how === 'in silence') return;
      const { text } = await generateText({ model, prompt: 'slow', maxRetries: 0 });
      expect(text).toBe('one two three');
      expect(peer.messages()).toHaveLength(3);
    } finally {
      await peer.close();
    }
  });

  test('whose call is aborted before it said its task is canceled', async () => {
    const peer = await startSdk1Peer({ binding });
    try {
      const abort = new AbortController();
      const a2a = createA2A({
        async fetch(input, init) {
          if (!isMessage(init?.body, String(input))) return globalThis.fetch(input, init);
          const { signal: _, ...request } = init ?? {};
          const response = await globalThis.fetch(input, request);
          await response.body?.getReader().read();
          abort.abort(new Error('Stop'));
          return new Promise((_resolve, reject) => reject(abort.signal.reason));
        },
      });
      const stream = streamText({
        model: a2a(peer.url),
        prompt: 'hangs',
        abortSignal: abort.signal,
        onError: () => {},
      });
      await stream.consumeStream();
      await expect.poll(() => peer.canceled).toHaveLength(1);
    } finally {
      await peer.close();
    }
  });
});

test('an agent of 0.3 cannot be asked: the call fails', async () => {
  const peer = await startSdk03Peer();
  try {
    const model = createA2A({ fetch: loseAnswers('before the answer') })(peer.url);
    await expect(generateText({ model, prompt: 'slow', maxRetries: 0 })).rejects.toThrow(
      'could not be reached',
    );
    expect(peer.seen.some(({ body }) => body.includes('list'))).toBe(false);
  } finally {
    await peer.close();
  }
});

test('the task that a message continues is not taken for its lost answer', async () => {
  const { model, requests } = scriptedAgent(() => {
    throw new TypeError('terminated', { cause: { code: 'ECONNRESET' } });
  });
  await expect(
    generateText({
      model,
      prompt: 'Hi',
      maxRetries: 0,
      providerOptions: { a2a: { contextId: 'c-1', taskId: 't-1' } },
    }),
  ).rejects.toMatchObject({ isRetryable: false });
  expect(requests().map(({ rpc }) => rpc)).toEqual(['SendMessage']);
});

test('an agent that was never reached is not asked for its tasks', async () => {
  const { model, requests } = scriptedAgent(() => {
    throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
  });
  await expect(generateText({ model, prompt: 'Hi', maxRetries: 0 })).rejects.toMatchObject({
    isRetryable: true,
  });
  expect(requests().map(({ rpc }) => rpc)).toEqual(['SendMessage']);
});

test('an agent that tells of other tasks only has not begun one', async () => {
  const peer = await startSdk1Peer();
  try {
    await generateText({ model: createA2A()(peer.url), prompt: 'completes' });
    const model = createA2A({
      fetch: (input, init) =>
        isMessage(init?.body, String(input))
          ? Promise.reject(new TypeError('terminated', { cause: { code: 'ECONNRESET' } }))
          : globalThis.fetch(input, init),
    })(peer.url);
    await expect(generateText({ model, prompt: 'slow', maxRetries: 0 })).rejects.toMatchObject({
      isRetryable: false,
    });
  } finally {
    await peer.close();
  }
});

/** An agent that loses its answer, and then lists these tasks with their histories. */
function forgetful(
  list: (messageId: unknown) => object[],
  lose: (call: Call) => Response = () => {
    throw new TypeError('terminated', { cause: { code: 'ECONNRESET' } });
  },
) {
  let messageId: unknown;
  const asked: unknown[] = [];
  const { model } = scriptedAgent((call) => {
    if (call.rpc === 'SendMessage') {
      messageId = call.message['messageId'];
      return lose(call);
    }
    if (call.rpc === 'ListTasks') return result({ tasks: list(messageId) })(call);
    const { id } = JSON.parse(call.body).params;
    asked.push(id);
    return result({ ...ended(id), artifacts: [artifact('a', `Answer of ${id}`)] })(call);
  });
  const ask = (contextId?: string) =>
    generateText({
      model,
      prompt: 'Hi',
      maxRetries: 0,
      ...(contextId !== undefined && { providerOptions: { a2a: { contextId } } }),
    }).then(({ text }) => text);
  return { ask, asked };
}
const ended = (id: string, history: object[] = [], contextId = 'c-1') => {
  return { id, contextId, status: { state: 'TASK_STATE_COMPLETED' }, history };
};
const sent = (messageId: unknown, taskId?: string) => {
  return { messageId, role: 'ROLE_USER', parts: [{ text: 'Hi' }], taskId };
};

describe('the task of a lost answer', () => {
  test('is the one that the message started, not a later one that repeats it', async () => {
    const { ask } = forgetful((id) => [
      ended('t-2', [sent(id), sent('later')]),
      ended('t-1', [sent(id)]),
    ]);
    expect(await ask('c-1')).toBe('Answer of t-1');
  });

  test('is searched when a proxy cut the answer off', async () => {
    const { ask, asked } = forgetful(
      (id) => [ended('t-1', [sent(id)])],
      ({ id }) => new Response(JSON.stringify({ jsonrpc: '2.0', id, result: {} }).slice(0, -9)),
    );
    expect(await ask()).toBe('Answer of t-1');
    expect(asked).toEqual(['t-1']);
  });

  test('is not one of two: somebody has copied the id of the message', async () => {
    const { ask, asked } = forgetful((id) => [ended('t-9', [sent(id)]), ended('t-1', [sent(id)])]);
    await expect(ask()).rejects.toThrow('could not be reached');
    expect(asked).toEqual([]);
  });

  test.each([
    ['of another conversation', (id: unknown) => ended('t-9', [sent(id)], 'c-9')],
    ['whose message names another task', (id: unknown) => ended('t-9', [sent(id, 't-1')])],
  ])('is not one %s', async (_, stranger) => {
    const { ask, asked } = forgetful((id) => [stranger(id)]);
    await expect(ask('c-1')).rejects.toThrow('could not be reached');
    expect(asked).toEqual([]);
  });

  test('may be of any conversation when the message named none', async () => {
    const { ask } = forgetful((id) => [ended('t-1', [sent(id, 't-1')], 'c-7')]);
    expect(await ask()).toBe('Answer of t-1');
  });
});
