import { TaskState } from '@a2a-js/sdk';
import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from '@a2a-js/sdk/client';
import {
  ClientFactory as LegacyClientFactory,
  ClientFactoryOptions as LegacyClientFactoryOptions,
  DefaultAgentCardResolver as LegacyCardResolver,
  JsonRpcTransportFactory as LegacyJsonRpcTransportFactory,
} from 'a2a-js-sdk-0.3/client';
import { describe, expect, it } from 'vitest';
import { SETTLEMENT_EXTENSION_URI } from '../../src/rails/exchange/schemas';
import { a2aRequest } from './a2a-request';
import { AGENT_URL, testAgent } from './test-agent';

describe.each(['JSONRPC', 'HTTP+JSON'] as const)('the 1.x client over %s', (transport) => {
  it('sends a message and gets the completed task', async () => {
    const client = await connect(testAgent('streamer').fetch, transport);
    const task = await client.sendMessage(a2aRequest('Hello'));
    expect(task).toMatchObject({ status: { state: TaskState.TASK_STATE_COMPLETED } });
    expect(JSON.stringify(task)).toContain('Hello');
  });

  it('streams a task, chunks and the final state', async () => {
    const client = await connect(testAgent('streamer').fetch, transport);
    const kinds: unknown[] = [];
    let text = '';
    for await (const event of client.sendMessageStream(a2aRequest('Hello'))) {
      kinds.push(event.payload?.$case);
      if (event.payload?.$case === 'artifactUpdate') {
        const content = event.payload.value.artifact?.parts[0]?.content;
        text += content?.$case === 'text' ? content.value : '';
      }
    }
    expect(kinds[0]).toBe('task');
    expect(kinds.at(-1)).toBe('statusUpdate');
    expect(kinds.filter((kind) => kind === 'artifactUpdate').length).toBeGreaterThan(20);
    expect(text).toMatch(/^You asked: Hello\. This sandbox agent .* delivered\.$/);
  });

  it('gets, cancels and lists tasks', async () => {
    const client = await connect(testAgent('slow', { delayMs: 1000 }).fetch, transport);
    const started = await client.sendMessage({
      ...a2aRequest('Work'),
      configuration: {
        returnImmediately: true,
        acceptedOutputModes: [],
        taskPushNotificationConfig: undefined,
      },
    });
    const id = 'id' in started ? started.id : '';

    expect(await client.getTask({ id, tenant: '' })).toMatchObject({ id });
    expect(await client.cancelTask({ id, tenant: '', metadata: {} })).toMatchObject({
      status: { state: TaskState.TASK_STATE_CANCELED },
    });
    await expect(client.getTask({ id: 'none', tenant: '' })).rejects.toMatchObject({
      name: 'TaskNotFoundError',
    });
    const list = await client.listTasks({
      tenant: '',
      contextId: '',
      status: TaskState.TASK_STATE_UNSPECIFIED,
      pageToken: '',
      statusTimestampAfter: undefined,
      includeArtifacts: true,
    });
    expect(list.tasks.map((task) => task.id)).toEqual([id]);
  });

  it('keeps a task open for the answer to its question', async () => {
    const client = await connect(testAgent('asker').fetch, transport);
    const first = await client.sendMessage(a2aRequest('Book a table'));
    const taskId = 'id' in first ? first.id : '';
    expect(first).toMatchObject({ status: { state: TaskState.TASK_STATE_INPUT_REQUIRED } });

    const second = await client.sendMessage(
      a2aRequest('Four', { taskId, contextId: first.contextId }),
    );
    expect(second).toMatchObject({ id: taskId, status: { state: TaskState.TASK_STATE_COMPLETED } });
    expect(JSON.stringify(second)).toContain('Guests: Four.');
  });

  it('cancels a task that waits for input', async () => {
    const client = await connect(testAgent('asker').fetch, transport);
    const first = await client.sendMessage(a2aRequest('Book a table'));
    const id = 'id' in first ? first.id : '';
    expect(await client.cancelTask({ id, tenant: '', metadata: {} })).toMatchObject({
      status: { state: TaskState.TASK_STATE_CANCELED },
    });
  });

  it('takes and names the settlement extension', async () => {
    const agent = testAgent('streamer', { required: true });
    const client = await connect(agent.fetch, transport);
    await expect(client.sendMessage(a2aRequest('Hello'))).rejects.toMatchObject({
      name: 'ExtensionSupportRequiredError',
    });
    const task = await client.sendMessage(a2aRequest('Hello'), {
      serviceParameters: { 'A2A-Extensions': SETTLEMENT_EXTENSION_URI },
    });
    expect(task).toMatchObject({ status: { state: TaskState.TASK_STATE_REJECTED } });
  });
});

describe('the 0.3 client', () => {
  it('sends, streams, gets and cancels', async () => {
    const client = await connectLegacy(testAgent('streamer').fetch);
    const task = await client.sendMessage({ message: sayLegacy('Hello') });
    expect(task).toMatchObject({ kind: 'task', status: { state: 'completed' } });

    const kinds: string[] = [];
    for await (const event of client.sendMessageStream({ message: sayLegacy('Hello') })) {
      kinds.push(event.kind);
    }
    expect(kinds[0]).toBe('task');
    expect(kinds).toContain('artifact-update');
    expect(kinds.at(-1)).toBe('status-update');

    const id = 'id' in task ? task.id : '';
    expect(await client.getTask({ id })).toMatchObject({ id });
    await expect(client.cancelTask({ id })).rejects.toThrow(/cancel/i);
  });

  it('cancels a running task', async () => {
    const client = await connectLegacy(testAgent('slow', { delayMs: 1000 }).fetch);
    const task = await client.sendMessage({
      message: sayLegacy('Work'),
      configuration: { blocking: false },
    });
    const id = 'id' in task ? task.id : '';
    expect(await client.cancelTask({ id })).toMatchObject({ status: { state: 'canceled' } });
  });
});

describe('the handler', () => {
  it('lets a task run on when its caller leaves the stream', async () => {
    const agent = testAgent('streamer', { delayMs: 2 });
    const client = await connect(agent.fetch, 'JSONRPC');
    let id = '';
    for await (const event of client.sendMessageStream(a2aRequest('Hello'))) {
      id = event.payload?.$case === 'task' ? event.payload.value.id : id;
      break;
    }
    await expect
      .poll(async () => (await client.getTask({ id, tenant: '' })).status?.state)
      .toBe(TaskState.TASK_STATE_COMPLETED);
  });

  it('answers the card in the asked shape, at both paths, with any slashes', async () => {
    const { fetch } = testAgent('streamer');
    const paths = [
      '.well-known/agent-card.json',
      '/.well-known/agent-card.json',
      '.well-known/agent.json',
    ];
    for (const path of paths) {
      const legacy = await (await fetch(AGENT_URL + path)).json();
      expect(legacy).toMatchObject({ url: AGENT_URL, protocolVersion: '0.3' });
      expect(legacy).toMatchObject({ supportedInterfaces: [{}, {}, {}] });

      const current = await fetch(AGENT_URL + path, { headers: { 'A2A-Version': '1.0' } });
      expect(await current.json()).toMatchObject({
        supportedInterfaces: [{ url: AGENT_URL, protocolVersion: '1.0' }, {}, {}],
        capabilities: { extensions: [{ uri: SETTLEMENT_EXTENSION_URI }] },
      });
    }
  });

  it.each([
    ['no JSON', 'x{', -32700],
    ['no call', '[]', -32600],
    ['a 1.0 method without the version header', call('SendMessage'), -32601],
  ])('answers %s with a JSON-RPC error', async (_, body, code) => {
    const response = await testAgent('streamer').fetch(AGENT_URL, {
      method: 'POST',
      headers: json,
      body,
    });
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code } });
  });

  it('refuses unknown versions, paths, methods and malformed REST bodies', async () => {
    const { fetch } = testAgent('streamer');
    const version = await fetch(AGENT_URL, {
      method: 'POST',
      body: call('SendMessage'),
      headers: { ...json, 'A2A-Version': '7.0' },
    });
    expect(await version.json()).toMatchObject({ error: { code: -32009 } });
    expect((await fetch(`${AGENT_URL}nothing`)).status).toBe(404);
    expect((await fetch('http://agent.test/elsewhere')).status).toBe(404);
    expect((await fetch(AGENT_URL)).status).toBe(405);

    const rest = await fetch(`${AGENT_URL}message:send`, {
      method: 'POST',
      body: '[]',
      headers: { ...json, 'A2A-Version': '1.0' },
    });
    expect(rest.status).toBe(400);

    const encoding = await fetch(`${AGENT_URL}tasks/%E0%A4%A`, {
      headers: { 'A2A-Version': '1.0' },
    });
    expect(encoding.status).toBe(400);
  });

  it('names the used extensions in the response, in the spelling of the protocol', async () => {
    const { fetch } = testAgent('streamer');
    const params = { message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'Hi' }] } };
    const current = await fetch(AGENT_URL, {
      method: 'POST',
      body: call('SendStreamingMessage', params),
      headers: { ...json, 'A2A-Version': '1.0', 'A2A-Extensions': SETTLEMENT_EXTENSION_URI },
    });
    await current.text();
    expect(current.headers.get('A2A-Extensions')).toBe(SETTLEMENT_EXTENSION_URI);
    const legacy = await fetch(AGENT_URL, {
      method: 'POST',
      body: call('message/send', { message: sayLegacy('Hi') }),
      headers: { ...json, 'X-A2A-Extensions': SETTLEMENT_EXTENSION_URI },
    });
    expect(legacy.headers.get('X-A2A-Extensions')).toBe(SETTLEMENT_EXTENSION_URI);
  });
});

async function connect(fetchImpl: typeof fetch, transport: 'JSONRPC' | 'HTTP+JSON') {
  const factory = new ClientFactory({
    transports: [
      new JsonRpcTransportFactory({ fetchImpl }),
      new RestTransportFactory({ fetchImpl }),
    ],
    preferredTransports: [transport],
    cardResolver: new DefaultAgentCardResolver({ fetchImpl }),
  });
  return factory.createFromUrl(AGENT_URL);
}

async function connectLegacy(fetchImpl: typeof fetch) {
  const factory = new LegacyClientFactory(
    LegacyClientFactoryOptions.createFrom(LegacyClientFactoryOptions.default, {
      transports: [new LegacyJsonRpcTransportFactory({ fetchImpl })],
      cardResolver: new LegacyCardResolver({ fetchImpl }),
    }),
  );
  return factory.createFromUrl(AGENT_URL);
}

function sayLegacy(text: string) {
  return {
    kind: 'message' as const,
    messageId: crypto.randomUUID(),
    role: 'user' as const,
    parts: [{ kind: 'text' as const, text }],
  };
}

const json = { 'content-type': 'application/json' };

function call(method: string, params: unknown = { message: {} }) {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
}
