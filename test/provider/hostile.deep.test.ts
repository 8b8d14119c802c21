import { generateText, streamText } from 'ai';
import { describe, expect, test, vi } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import type { A2AProviderSettings } from '../../src/provider/a2a-provider-settings';
import { defaultMaxAnswerBytes, defaultMaxEventBytes } from '../../src/provider/client/a2a-limits';
import { failureOf } from './failure-of';
import { hostileServer } from './hostile-server';
import {
  agentUrl,
  artifact,
  cardsOfAll,
  result,
  results,
  say,
  scriptedAgent,
  sse,
} from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const prompt = 'Hi';
const secret = 'Bearer top-secret-token';
const MiB = 1024 * 1024;
/** What lies in the buffers of two sockets, beside what is read. */
const inFlight = 16 * MiB;

const modelAt = (url: string, settings: A2AProviderSettings = {}) =>
  createA2A({
    headers: { authorization: secret },
    polling: { intervalMs: 1, timeoutMs: 100 },
    ...settings,
  })(url);

describe('more than anybody can hold', () => {
  const filler = 'x'.repeat(64 * 1024);
  const line = (head: string) => (index: number) => (index === 0 ? head : filler);
  const hundredMiB = 1600;

  test.each([
    ['stream', 'text/event-stream', 'data: {"jsonrpc":"2.0","id":null,"result":{"text":"'],
    ['stream', 'text/event-stream', ': '],
    ['stream', 'text/event-stream', 'data'],
    ['stream', 'application/x-ndjson', '{"jsonrpc":"2.0","id":null,"result":{"text":"'],
    ['stream', 'application/json', '{"jsonrpc":"2.0","id":null,"result":{"text":"'],
    ['stream', 'text/plain', 'no JSON at all, '],
    ['generate', 'application/json', '{"jsonrpc":"2.0","id":null,"result":{"text":"'],
    ['generate', 'text/event-stream', 'data: {"jsonrpc":"2.0","id":null,"result":{"text":"'],
  ] as const)('one line of 100 MB, %s, %s, %s', async (mode, type, head) => {
    const server = await hostileServer(({ response, flood }) => {
      response.writeHead(200, { 'content-type': type });
      return flood(line(head), hundredMiB);
    });
    const error = await failureOf(modelAt(server.url), mode);
    expect(error).toMatchObject({
      name: 'AI_A2AProtocolError',
      isRetryable: false,
      message: expect.stringContaining(`${defaultMaxEventBytes} bytes (limits.maxEventBytes)`),
    });
    expect(server.sent()).toBeLessThan(defaultMaxEventBytes + inFlight);
  });

  test('a size that is announced is not even read', async () => {
    const server = await hostileServer(({ response, flood }) => {
      response.writeHead(200, { 'content-length': hundredMiB * filler.length });
      return flood(() => filler, hundredMiB);
    });
    expect(await failureOf(modelAt(server.url))).toMatchObject({ name: 'AI_A2AProtocolError' });
    expect(server.sent()).toBeLessThan(inFlight);
  });

  test.each([200, 500])('HTTP %i that never ends', async (status) => {
    const limits = { maxEventBytes: 2 * MiB };
    const server = await hostileServer(({ response, flood }) => {
      response.writeHead(status);
      return flood(() => `{"error":"${filler}`);
    });
    const error = await failureOf(modelAt(server.url, { limits }));
    expect(error).toMatchObject({ name: 'AI_A2AProtocolError', isRetryable: false });
    expect(String(error).length).toBeLessThan(1000);
    expect(server.sent()).toBeLessThan(2 * MiB + inFlight);
  });

  test.each([
    ['comments', ': ping\n\n'],
    ['comments without an end of their own', ': ping\n'],
    ['fields that mean nothing', 'mood: fine\n'],
    ['empty events', 'data:\n\n'],
    ['events of an unknown kind', 'data: {"jsonrpc":"2.0","id":null,"result":{"kind":"ping"}}\n\n'],
    ['blank lines', '\n'],
  ])('endless %s', async (_, comment) => {
    const limits = { maxAnswerBytes: 8 * MiB, maxEventBytes: 4 * MiB };
    const chunk = comment.repeat(8000);
    const server = await hostileServer(({ response, flood }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return flood(() => chunk);
    });
    expect(await failureOf(modelAt(server.url, { limits }), 'stream')).toMatchObject({
      name: 'AI_A2AProtocolError',
      isRetryable: false,
      message: expect.stringMatching(/more than \d+ bytes \(limits\.max(?:Answer|Event)Bytes\)/),
    });
    expect(server.sent()).toBeLessThan(8 * MiB + inFlight);
  });

  test('limits are set for one agent, too, and may be lifted', async () => {
    const events = [say.artifact('a', 'x'.repeat(5000)), say.task('COMPLETED')];
    const own = (limits: A2AProviderSettings['limits']) =>
      scriptedAgent(results(...events), {
        limits: { maxEventBytes: 1000 },
        agents: { mine: { url: agentUrl, ...(limits && { limits }) } },
      }).a2a('mine');
    expect(await failureOf(own(undefined), 'stream')).toMatchObject({
      message: expect.stringContaining('1000 bytes (limits.maxEventBytes)'),
    });
    expect(await failureOf(own({ maxEventBytes: Infinity }), 'stream')).toBeUndefined();
  });
});

describe('a million tiny events', () => {
  const million = 1_000_000;
  const encoder = new TextEncoder();
  const tiny = (id: unknown) =>
    `data: ${JSON.stringify({ jsonrpc: '2.0', id, result: say.status('WORKING') })}\n\n`;

  /** Says how many of its events were read. */
  function talkative() {
    const read = { events: 0 };
    const agent = scriptedAgent(({ id }) => {
      const batch = encoder.encode(tiny(id).repeat(100));
      const end = encoder.encode(
        `data: ${JSON.stringify({ jsonrpc: '2.0', id, result: say.task('COMPLETED', { artifacts: [artifact('a', 'Done')] }) })}\n\n`,
      );
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            read.events += 100;
            if (read.events <= million) controller.enqueue(batch);
            else {
              controller.enqueue(end);
              controller.close();
            }
          },
        },
        { highWaterMark: 0 },
      );
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    });
    return { ...agent, read };
  }

  test('are read through to the answer', { timeout: 400_000 }, async () => {
    const { model, read } = talkative();
    expect(await streamText({ model, prompt }).text).toBe('Done');
    expect(read.events).toBeGreaterThan(million);
  });

  test('are not read ahead of whoever takes the answer', async () => {
    const { model, read } = talkative();
    const { stream } = await model.doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
      includeRawChunks: true,
    });
    const reader = stream.getReader();
    for (let part = 0; part < 50; part++) await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(read.events).toBeLessThan(1000);
    await reader.cancel();
  });

  test('the limit of a whole stream leaves room for them', () => {
    expect(tiny(1).length * million).toBeLessThan(defaultMaxAnswerBytes);
  });
});

test('little at a time, and all over again, is no more work than its bytes', async () => {
  const big = 'x'.repeat(8 * MiB);
  const pairs = 20_000;
  const { model } = scriptedAgent(({ id }) => {
    const frame = (result: object) => `data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`;
    const chunk = new TextEncoder().encode(
      (frame(say.artifact('a', 'y', true)) + frame(say.artifact('a', 'xx'))).repeat(100),
    );
    let sent = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (sent === 0)
            controller.enqueue(new TextEncoder().encode(frame(say.artifact('a', big))));
          sent += 100;
          controller.enqueue(chunk);
          if (sent < pairs) return;
          controller.enqueue(new TextEncoder().encode(frame(say.status('COMPLETED'))));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
  expect((await streamText({ model, prompt }).text).length).toBe(big.length + pairs);
});

test.each(['generate', 'stream'] as const)('a million parts in one answer: %s', async (mode) => {
  const parts = Array.from({ length: 1_000_000 }, () => ({ text: 'a' }));
  const task = say.task('COMPLETED', { status: { state: 3, message: { messageId: 'm', parts } } });
  const whole = JSON.stringify({ jsonrpc: '2.0', id: null, result: task });
  const { model } = scriptedAgent(() => new Response(whole));
  const call = {
    prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: prompt }] }],
  };
  let text = '';
  if (mode === 'generate') {
    const { content } = await model.doGenerate(call);
    for (const part of content) if (part.type === 'text') text += part.text;
  } else {
    for await (const part of (await model.doStream(call)).stream) {
      if (part.type === 'text-delta') text += part.delta;
    }
  }
  expect(text.length).toBe(parts.length);
});

describe('JSON that nests without end', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const deepObject = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  const bodies = {
    'in the place of an answer': deep,
    'in a data part': `{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"},"artifacts":[{"artifactId":"a","parts":[{"data":${deepObject}}]}]}}`,
    'in a data part of 0.3': `{"kind":"task","id":"t","contextId":"c","status":{"state":"completed"},"artifacts":[{"artifactId":"a","parts":[{"kind":"data","data":${deepObject}}]}]}`,
    'in metadata': `{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"},"metadata":${deepObject}}}`,
    'in a field that nobody knows': `{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"},"mood":${deep}}}`,
  };

  describe.each(Object.entries(cardsOfAll))('%s', (_, card) => {
    test.each(Object.entries(bodies))('%s', async (__, body) => {
      for (const mode of ['generate', 'stream'] as const) {
        const { model } = scriptedAgent(
          ({ id }) => {
            const frame = `{"jsonrpc":"2.0","id":${JSON.stringify(id ?? null)},"result":${body}}`;
            return mode === 'stream'
              ? new Response(`data: ${frame}\n\n`, {
                  headers: { 'content-type': 'text/event-stream' },
                })
              : new Response(frame);
          },
          { card },
        );
        expect(await failureOf(model, mode)).toMatchObject({
          name: 'AI_A2AProtocolError',
          message: expect.stringContaining('sent JSON that is nested too deeply'),
          isRetryable: false,
        });
      }
    });
  });

  test('brackets in a text are no nesting', async () => {
    const said = `${'['.repeat(5000)}\\"${'{'.repeat(5000)}`;
    const { model } = scriptedAgent(results(say.artifact('a', said), say.task('COMPLETED')));
    expect(await streamText({ model, prompt }).text).toBe(said);
  });
});

describe('keys that poison a prototype', () => {
  const data =
    '{"__proto__":{"polluted":1},"\\u005f_proto__":{"polluted":2},"constructor":{"prototype":{"polluted":3}},"fine":true}';
  const task = `{"id":"t-1","contextId":"c-1","status":{"state":"TASK_STATE_COMPLETED"},"__proto__":{"polluted":4},"metadata":${data},"artifacts":[{"artifactId":"a","metadata":${data},"parts":[{"data":${data}},{"text":"Said"}]}]}`;

  test.each(['generate', 'stream'])('are taken out: %s', async (mode) => {
    const { model } = scriptedAgent(({ id }) => {
      const frame = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"task":${task}}}`;
      return new Response(frame, { headers: { 'content-type': 'application/json' } });
    });
    const { content, providerMetadata } =
      mode === 'generate' ? await generateText({ model, prompt }) : await streamed(model);
    const shown = JSON.stringify([content, providerMetadata]);
    expect(shown).toContain('"fine":true');
    expect(shown).not.toMatch(/polluted|__proto__/);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  async function streamed(model: ReturnType<typeof modelAt>) {
    const { content, providerMetadata } = streamText({ model, prompt });
    return { content: await content, providerMetadata: await providerMetadata };
  }
});

describe('what belongs to somebody else', () => {
  const foreign = (event: object) =>
    JSON.parse(JSON.stringify(event).replaceAll('t-1', 't-other').replaceAll('c-1', 'c-other'));
  const done = say.task('COMPLETED', { artifacts: [artifact('a', 'Mine')] });

  test('is neither shown nor followed', async () => {
    const { model, requests } = scriptedAgent([
      results(
        say.task('WORKING'),
        foreign(say.artifact('a', 'Theirs')),
        foreign(say.task('COMPLETED', { artifacts: [artifact('b', 'Theirs')] })),
        foreign(say.status('FAILED', 'Theirs')),
        foreign(say.message('Theirs')),
        say.artifact('a', 'Mi'),
      ),
      result(done.task),
    ]);
    const { text, finishReason, providerMetadata } = streamText({ model, prompt });
    expect([await text, await finishReason]).toEqual(['Mine', 'stop']);
    expect((await providerMetadata)?.['a2a']).toMatchObject({ taskId: 't-1', contextId: 'c-1' });
    expect(requests()[1]?.body).toContain('"id":"t-1"');
  });

  test('is no answer to the question for a task', async () => {
    const theirs = foreign(say.task('COMPLETED', { artifacts: [artifact('a', 'Theirs')] }));
    const { model } = scriptedAgent([result(say.task('WORKING')), result(theirs.task)]);
    expect(await failureOf(model)).toMatchObject({ name: 'AI_A2AProtocolError', taskId: 't-1' });
  });

  test.each([99, '99', '1x', {}, true])('an answer with the id %j is none', async (id) => {
    for (const mode of ['generate', 'stream'] as const) {
      const { model } = scriptedAgent(() =>
        mode === 'stream'
          ? sse([{ jsonrpc: '2.0', id, result: done }])
          : Response.json({ jsonrpc: '2.0', id, result: done }),
      );
      expect(await failureOf(model, mode)).toMatchObject({
        name: 'AI_A2AProtocolError',
        isRetryable: false,
      });
    }
  });
});

describe('a redirect takes no credential elsewhere', () => {
  test.each([301, 302, 303, 307, 308])('HTTP %i, of whatever is asked', async (status) => {
    const thief = await hostileServer(({ response }) => response.end('{}'));
    const begun = [say.task('WORKING'), say.artifact('a', 'Half')];
    const server = await hostileServer(({ id, method, response }) => {
      if (method !== 'SendStreamingMessage' || status === 301) {
        response.writeHead(status, { location: `${thief.url}/rpc` }).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of begun) {
        response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result: event })}\n\n`);
      }
      response.end();
    });
    expect(await failureOf(modelAt(server.url), 'stream')).toMatchObject({
      name: 'AI_A2AProtocolError',
      isRetryable: false,
    });
    expect(thief.requests).toEqual([]);
    const methods = server.requests.map(({ method }) => method);
    expect(methods).toEqual(
      status === 301
        ? ['GET', 'SendStreamingMessage']
        : ['GET', 'SendStreamingMessage', 'SubscribeToTask', 'GetTask', 'GetTask', 'GetTask'],
    );
  });
});

describe('a card', () => {
  test.each([
    ['with a description of 10 MB', `{"description":"${'x'.repeat(10 * MiB)}"`],
    ['that nests without end', '{"a":'.repeat(500_000)],
    [
      'that nests beyond reason',
      `{"url":"${agentUrl}","name":"x","a":${'['.repeat(9000)}${']'.repeat(9000)}}`,
    ],
  ])('%s is refused before it is held', async (_, card) => {
    let taken = 0;
    const model = createA2A({
      headers: { authorization: secret },
      fetch: async () => {
        const bytes = new TextEncoder().encode(card);
        const body = new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              controller.enqueue(bytes.subarray(taken, (taken += 64 * 1024)));
              if (taken >= bytes.length) controller.close();
            },
          },
          { highWaterMark: 0 },
        );
        return new Response(body);
      },
    })(agentUrl);
    expect(await failureOf(model)).toMatchObject({ name: 'AI_A2AAgentCardError' });
    expect(taken).toBeLessThan(4 * MiB);
  });
});

test('an answer that is over is not read on, whatever follows', async () => {
  let isCanceled = false;
  const { model } = scriptedAgent(({ id }) => {
    const frame = JSON.stringify({ jsonrpc: '2.0', id, result: say.task('COMPLETED') });
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) =>
          controller.enqueue(new TextEncoder().encode(`data: ${frame}\n\n: and so on\n\n`)),
        cancel() {
          isCanceled = true;
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
  await streamText({ model, prompt }).consumeStream();
  await vi.waitFor(() => expect(isCanceled).toBe(true));
});
