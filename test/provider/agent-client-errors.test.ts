import type { AgentCard } from '@a2a-js/sdk';
import { ClientFactory, JsonRpcTransportFactory, RestTransportFactory } from '@a2a-js/sdk/client';
import { InvalidArgumentError } from '@ai-sdk/provider';
import { generateText } from 'ai';
import { describe, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import type {
  A2AAgentSettings,
  A2AProviderSettings,
} from '../../src/provider/a2a-provider-settings';
import type { A2ASdkClient } from '../../src/provider/agent/a2a-sdk-client';
import { cardForEndpoint } from '../../src/provider/agent/select-interface';
import { A2AAgentCardError, A2AProtocolError } from '../../src/provider/client/a2a-error';
import { failureOf } from './failure-of';
import { agentUrl as url } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const secret = 'sk-very-secret-indeed';

/** An agent that is called by the SDK's client, with its own way to the network. */
function agentBy(
  fetchImpl: typeof fetch,
  {
    binding = 'JSONRPC',
    settings = {},
    provider = {},
  }: {
    binding?: 'JSONRPC' | 'HTTP+JSON';
    settings?: Pick<A2AAgentSettings, 'client' | 'streaming' | 'timeouts'>;
    provider?: A2AProviderSettings;
  } = {},
) {
  const transports = [
    new JsonRpcTransportFactory({ fetchImpl }),
    new RestTransportFactory({ fetchImpl }),
  ];
  const card = cardForEndpoint(url, 'auto');
  const client = () =>
    new ClientFactory({ transports }).createFromAgentCard({
      ...card,
      supportedInterfaces: [{ url, protocolBinding: binding, protocolVersion: '1.0', tenant: '' }],
    });
  const headers = { authorization: `Bearer ${secret}` };
  return createA2A({
    polling: { intervalMs: 1 },
    ...provider,
    agents: { peer: { url, headers, client, ...settings } },
  });
}

const events = (body: string) =>
  new Response(body, { headers: { 'content-type': 'text/event-stream' } });

async function idOf(init: RequestInit | undefined): Promise<unknown> {
  return JSON.parse(String(init?.body)).id;
}

const echo = `No entry with ${secret}.`;
const refused = 'The agent "peer" responded with an error: No entry with [authorization].';

describe.each(['generate', 'stream'] as const)('%s', (mode) => {
  test("an agent's error over JSON-RPC: its code and words, without credentials", async () => {
    const a2a = agentBy(async (_, init) => {
      const error = { code: -32042, message: echo };
      return Response.json({ jsonrpc: '2.0', id: await idOf(init), error });
    });
    const error = await failureOf(a2a('peer'), mode);
    expect(error).toBeInstanceOf(A2AProtocolError);
    expect(error).toMatchObject({ code: -32042, message: refused, isRetryable: false });
    expect(JSON.stringify(error)).not.toContain(secret);
  });

  test("an agent's error over HTTP+JSON: its status, and how to pay", async () => {
    const a2a = agentBy(
      async () =>
        Response.json(
          { error: { code: 402, message: echo } },
          { status: 402, headers: { 'payment-required': 'e30=', 'set-cookie': 'a=b' } },
        ),
      { binding: 'HTTP+JSON' },
    );
    const error = await failureOf(a2a('peer'), mode);
    expect(error).toMatchObject({
      statusCode: 402,
      message: 'The agent "peer" answered HTTP 402: No entry with [authorization].',
      responseHeaders: { 'payment-required': 'e30=' },
    });
    expect(Object.keys((error as A2AProtocolError).responseHeaders ?? {})).toHaveLength(1);
  });

  test.each([
    ['JSONRPC', 503, true],
    ['JSONRPC', 401, false],
    ['HTTP+JSON', 429, true],
    ['HTTP+JSON', 500, false],
  ] as const)('%s, HTTP %i', async (binding, status, isRetryable) => {
    const a2a = agentBy(async () => new Response(echo, { status }), { binding });
    const error = await failureOf(a2a('peer'), mode);
    expect(error).toMatchObject({ statusCode: status, isRetryable });
    expect(String(error)).not.toContain(secret);
    expect(String(error)).toContain(`answered HTTP ${status}`);
  });

  test('an answer that is none is not quoted', async () => {
    const a2a = agentBy(async () => events('data: {"answer":"of somebody else"}\n\n'));
    const error = await failureOf(a2a('peer'), mode);
    expect(error).toBeInstanceOf(A2AProtocolError);
    expect(String(error)).toContain('The client of agent "peer" failed: ');
    expect(String(error)).not.toContain('somebody');
  });

  test('no connection: retryable, where nothing can have been sent', async () => {
    const gone = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const a2a = agentBy(() => Promise.reject(new TypeError('fetch failed', { cause: gone })));
    const error = await failureOf(a2a('peer'), mode);
    expect(error).toMatchObject({
      isRetryable: true,
      message:
        'The agent "peer" could not be reached (ECONNREFUSED): nothing listens at this address. Start the agent, or correct its URL.',
    });
  });

  test('JSON that nests too deeply is refused', async () => {
    const deep = `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`;
    const said = `{"messageId":"m","role":"ROLE_AGENT","parts":[{"data":${deep}}]}`;
    const a2a = agentBy(async (_, init) => {
      const text = `{"jsonrpc":"2.0","id":${String(await idOf(init))},"result":{"message":${said}}}`;
      return mode === 'stream' ? events(`data: ${text}\n\n`) : new Response(text);
    });
    expect(String(await failureOf(a2a('peer'), mode))).toContain('nests its JSON too deeply');
  });
});

test('keys that pollute prototypes are left out', async () => {
  const a2a = agentBy(async (_, init) => {
    const data = '{"a":1,"__proto__":{"b":2}}';
    const said = `{"messageId":"m","role":"ROLE_AGENT","parts":[{"data":${data}}],"metadata":${data}}`;
    return new Response(
      `{"jsonrpc":"2.0","id":${String(await idOf(init))},"result":{"message":${said}}}`,
    );
  });
  const { content, providerMetadata } = await generateText({ model: a2a('peer'), prompt: 'Hi' });
  const [part] = content;
  const shown = part?.type === 'custom' ? part.providerMetadata?.['a2a']?.['data'] : undefined;
  for (const value of [shown, providerMetadata?.['a2a']?.['metadata']]) {
    expect(value).toEqual({ a: 1 });
    expect(Object.keys(Object(value))).toEqual(['a']);
  }
});

test('an agent that refuses to stream is sent the message once more, as a blocking one', async () => {
  const methods: unknown[] = [];
  const a2a = agentBy(async (_, init) => {
    const { id, method } = JSON.parse(String(init?.body));
    methods.push(method);
    if (method === 'SendStreamingMessage') {
      return Response.json({ jsonrpc: '2.0', id, error: { code: -32004, message: 'No streams' } });
    }
    const message = { messageId: 'm', role: 'ROLE_AGENT', parts: [{ text: 'Hi!' }] };
    return Response.json({ jsonrpc: '2.0', id, result: { message } });
  });
  const { stream } = await a2a('peer').doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  });
  const said: string[] = [];
  for await (const part of stream) if (part.type === 'text-delta') said.push(part.delta);
  expect(said).toEqual(['Hi!']);
  expect(methods).toEqual(['SendStreamingMessage', 'SendMessage']);
});

test('a message that continues a task is not sent again where its stream is refused', async () => {
  const methods: unknown[] = [];
  const a2a = agentBy(async (_, init) => {
    const { id, method } = JSON.parse(String(init?.body));
    methods.push(method);
    return Response.json({ jsonrpc: '2.0', id, error: { code: -32004, message: 'No streams' } });
  });
  const call = a2a('peer').doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    providerOptions: { a2a: { taskId: 't', contextId: 'c' } },
  });
  await expect(call).rejects.toMatchObject({ code: -32004, isRetryable: false });
  expect(methods).toEqual(['SendStreamingMessage', 'SubscribeToTask', 'GetTask']);
});

test('a connection that the agent leaves open is closed when the task has ended', async () => {
  let connection: AbortSignal | null | undefined;
  const done = {
    task: { id: 't', contextId: 'c', status: { state: 'TASK_STATE_INPUT_REQUIRED' } },
  };
  const a2a = agentBy(async (_, init) => {
    connection = init?.signal;
    const frame = JSON.stringify({ jsonrpc: '2.0', id: await idOf(init), result: done });
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(`data: ${frame}\n\n`)),
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
  expect(await failureOf(a2a('peer'), 'stream')).toBeUndefined();
  expect(connection?.aborted).toBe(true);
});

test('`streaming: false` never streams', async () => {
  const methods: unknown[] = [];
  const a2a = agentBy(
    async (_, init) => {
      const { id, method } = JSON.parse(String(init?.body));
      methods.push(method);
      const message = { messageId: 'm', role: 'ROLE_AGENT', parts: [{ text: 'Hi!' }] };
      return Response.json({ jsonrpc: '2.0', id, result: { message } });
    },
    { settings: { streaming: false } },
  );
  expect(await failureOf(a2a('peer'), 'stream')).toBeUndefined();
  expect(methods).toEqual(['SendMessage']);
});

test('files, data, metadata and extensions go along as by the own client', async () => {
  const bodies: unknown[] = [];
  const headers: (string | null)[] = [];
  const see: typeof fetch = async (_, init) => {
    const { id, params } = JSON.parse(String(init?.body));
    bodies.push(params.message);
    headers.push(new Headers(init?.headers).get('a2a-extensions'));
    const message = { messageId: 'm', role: 'ROLE_AGENT', parts: [{ text: 'Hi!' }] };
    return Response.json({ jsonrpc: '2.0', id, result: { message } });
  };
  const generateId = () => 'message-1';
  const own = createA2A({ agents: { peer: { endpoint: url } }, fetch: see, generateId });
  for (const a2a of [own, agentBy(see, { provider: { generateId } })]) {
    await generateText({
      model: a2a('peer'),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Read these' },
            {
              type: 'file',
              data: new Uint8Array([1, 2, 255]),
              mediaType: 'image/png',
              filename: 'a.png',
            },
            {
              type: 'file',
              data: new URL('https://files.example.com/b.pdf'),
              mediaType: 'application/pdf',
            },
            { type: 'text', text: 'data', providerOptions: { a2a: { data: { a: [1, null] } } } },
          ],
        },
      ],
      providerOptions: {
        a2a: { metadata: { tenant: 'acme' }, extensions: ['https://e.example.com'] },
      },
    });
  }
  expect(bodies[1]).toEqual(bodies[0]);
  expect(headers).toEqual(['https://e.example.com', 'https://e.example.com']);
});

test('push notifications are asked for as by the own client', async () => {
  const asked: unknown[] = [];
  const see: typeof fetch = async (_, init) => {
    const { id, method, params } = JSON.parse(String(init?.body));
    asked.push([method, params]);
    const task = { id: 't', contextId: 'c', status: { state: 'TASK_STATE_COMPLETED' } };
    return Response.json({ jsonrpc: '2.0', id, result: method === 'GetTask' ? task : params });
  };
  const own = createA2A({ agents: { peer: { endpoint: url } }, fetch: see });
  const authentication = { scheme: 'Bearer', credentials: 'c' };
  const pushNotification = { url: 'https://app.example.com/hook', token: 'n', authentication };
  for (const a2a of [own, agentBy(see)]) {
    const { rawFinishReason } = await generateText({
      model: a2a('peer'),
      prompt: '',
      providerOptions: { a2a: { resume: { taskId: 't' }, pushNotification } },
    });
    expect(rawFinishReason).toBe('completed');
  }
  expect(asked[0]).toMatchObject(['CreateTaskPushNotificationConfig', { taskId: 't' }]);
  expect(asked.slice(2)).toEqual(asked.slice(0, 2));
});

test('silence in front of the first event, and behind it, ends by the timeouts that are set', async () => {
  const first = { task: { id: 't', contextId: 'c', status: { state: 'TASK_STATE_WORKING' } } };
  for (const timeout of ['firstEventMs', 'idleMs'] as const) {
    const canceled: unknown[] = [];
    const a2a = agentBy(
      async (_, init) => {
        const { id, method } = JSON.parse(String(init?.body));
        if (method === 'CancelTask') {
          canceled.push(method);
          return Response.json({ jsonrpc: '2.0', id, result: { ...first.task } });
        }
        const frame = `data: ${JSON.stringify({ jsonrpc: '2.0', id, result: first })}\n\n`;
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            if (timeout === 'idleMs') controller.enqueue(new TextEncoder().encode(frame));
          },
        });
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      },
      { settings: { timeouts: { [timeout]: 30 } } },
    );
    expect(await failureOf(a2a('peer'), 'stream')).toMatchObject({ timeout });
    expect(canceled).toHaveLength(timeout === 'idleMs' ? 1 : 0);
  }
});

describe('what makes the client', () => {
  test('is asked once for all calls, and again after a failure', async () => {
    let asked = 0;
    const client = async (): Promise<A2ASdkClient> => {
      asked++;
      throw new Error('no card: "secret words"');
    };
    const a2a = agentBy(fetch, { settings: { client } });
    for (const count of [1, 2]) {
      const error = await failureOf(a2a('peer'));
      expect(error).toBeInstanceOf(A2AProtocolError);
      expect(String(error)).toContain('The client of agent "peer" failed: no card');
      expect(String(error)).not.toContain('secret words');
      expect(asked).toBe(count);
    }
  });

  test('must give a client', async () => {
    const client = async () => JSON.parse('{}');
    const a2a = agentBy(fetch, { settings: { client } });
    const error = await failureOf(a2a('peer'));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(String(error)).toContain('it is missing sendMessage, sendMessageStream');
  });
});

describe('the card', () => {
  const published = cardForEndpoint(url, 'auto');
  const answered: typeof fetch = async () => Response.json(published);

  test("is the client's own, asked for once", async () => {
    let asked = 0;
    const getAgentCard = async (): Promise<AgentCard> => {
      asked++;
      return { ...published, name: 'By the client' };
    };
    const client = { ...bare, getAgentCard };
    const a2a = agentBy(fetch, { settings: { client }, provider: { fetch: answered } });
    expect((await a2a.agentCard('peer'))?.name).toBe('By the client');
    expect((await a2a('peer').agentCard())?.name).toBe('By the client');
    expect(asked).toBe(1);
  });

  test('is that at the url for a client that has none', async () => {
    const a2a = agentBy(fetch, { settings: { client: bare }, provider: { fetch: answered } });
    expect((await a2a.agentCard('peer'))?.name).toBe(published.name);
  });

  test('is that at the url where keys are set, and must be signed', async () => {
    const getAgentCard = async () => published;
    const a2a = agentBy(fetch, {
      settings: { client: { ...bare, getAgentCard } },
      provider: { fetch: answered, cardKeys: { keys: [] } },
    });
    await expect(a2a.agentCard('peer')).rejects.toThrow('is not signed');
  });

  test('that the client cannot get is an A2AAgentCardError', async () => {
    const client = { ...bare, getAgentCard: () => Promise.reject(new Error('gone')) };
    const a2a = agentBy(fetch, { settings: { client } });
    const error: unknown = await a2a.agentCard('peer').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(A2AAgentCardError);
    expect(String(error)).toContain('gone');
  });
});

/** Has the methods, and no use for them. */
const unused = () => Promise.reject(new Error('unused'));
async function* unusedStream(): AsyncGenerator<object, void, undefined> {}
const bare: A2ASdkClient = {
  sendMessage: unused,
  sendMessageStream: unusedStream,
  resubscribeTask: unusedStream,
  getTask: unused,
  cancelTask: unused,
  listTasks: unused,
  createTaskPushNotificationConfig: unused,
};
