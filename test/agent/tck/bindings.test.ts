import type { AgentCard } from '@a2a-js/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SETTLEMENT_EXTENSION_URI } from '../../../src/rails/exchange/schemas';
import { servePaidAgent, serveTckAgent } from './serve-tck-agent';
import { all, bindings, type Operation, TckClient, tckMessage } from './tck-client';
import { requiredExtension, withoutLegacy } from './tck-card';
import { streamEvent } from './tck-shapes';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
async function serve(...options: Parameters<typeof serveTckAgent>): Promise<string> {
  const served = await serveTckAgent(...options);
  closing.push(served.close);
  return served.url;
}

const ofNothing = { id: 'none', taskId: 'none', url: 'https://example.com/hook' };
const pushOperations: Operation[] = [
  'CreateTaskPushNotificationConfig',
  'GetTaskPushNotificationConfig',
  'ListTaskPushNotificationConfigs',
  'DeleteTaskPushNotificationConfig',
];

// The paid agent is paid by nobody here: it refuses to work, by the same rules.
describe.each([
  ['createAgentHandler', serveTckAgent, 'TASK_STATE_COMPLETED', {}],
  [
    'createPaidAgent',
    servePaidAgent,
    'TASK_STATE_REJECTED',
    { 'A2A-Extensions': SETTLEMENT_EXTENSION_URI },
  ],
])('an agent of %s', (_, start, end, known) => {
  let served: { url: string; close: () => Promise<void> };
  beforeAll(async () => {
    served = await start();
  });
  afterAll(() => served.close());

  describe.each(bindings)('over %s', (binding) => {
    const agent = () => new TckClient(served.url, binding, known);
    const message = () => tckMessage('tck-complete-task');

    test('CORE-SEND-001 CORE-STREAM-003 BIND-EQUIV-002 a task ends as it should', async () => {
      const { id, status } = await agent().send('tck-complete-task');
      expect(status.state).toBe(end);
      await agent().expectFailure('TASK_NOT_CANCELABLE', 'CancelTask', { id });
      const events = await all(agent().sendStreaming('tck-complete-task'));
      expect(events[0]).toHaveProperty('task');
      expect(JSON.stringify(events.at(-1))).toContain(end);
    });

    test('CORE-ERR-001 BIND-EQUIV-003 what is not there is not found', async () => {
      for (const operation of ['GetTask', 'CancelTask', 'SubscribeToTask'] as const) {
        await agent().expectFailure('TASK_NOT_FOUND', operation, { id: 'none' });
      }
      for (const operation of pushOperations.filter((name) => !name.startsWith('Delete'))) {
        await agent().expectFailure('TASK_NOT_FOUND', operation, ofNothing);
      }
    });

    test('VER-SERVER-001 VER-SERVER-002 VER-SERVER-003 VER-CLIENT-002 versions', async () => {
      const patched = { 'A2A-Version': '1.0.3' };
      expect(await agent().call('ListTasks', {}, patched)).toHaveProperty('tasks');
      const unknown = { 'A2A-Version': '99.0' };
      await agent().expectFailure('VERSION_NOT_SUPPORTED', 'ListTasks', {}, unknown);
      const response = await agent().request('ListTasks', {}, { 'A2A-Version': '' });
      // Empty is 0.3, which has no such method, and no such binding here.
      expect(await response.json()).toMatchObject({
        error: { code: binding === 'JSONRPC' ? -32601 : 400 },
      });
    });

    test('JSONRPC-FMT-002 HTTP_JSON-SVC-001 JSONRPC-SVC-002 HTTP_JSON-SVC-002 headers', async () => {
      const headers = { 'a2a-extensions': 'https://example.com/one,https://example.com/two' };
      const response = await agent().request('SendMessage', { message: message() }, headers);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      await response.body?.cancel();
    });

    test('JSONRPC-SSE-001 HTTP_JSON-SSE-001 a stream is of server-sent events', async () => {
      const params = { message: message() };
      const response = await agent().request('SendStreamingMessage', params);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      const [frame = ''] = (await response.text()).split('\n\n');
      expect(frame).toMatch(/^data: \{.*\}$/);
      const event = JSON.parse(frame.slice('data: '.length));
      streamEvent.parse(binding === 'JSONRPC' ? event.result : event);
    });

    test('JSONRPC-SSE-002 HTTP_JSON-STATUS-001 only JSON is read', async () => {
      const params = { message: message() };
      const headers = { 'content-type': 'text/plain' };
      for (const operation of ['SendMessage', 'SendStreamingMessage'] as const) {
        await agent().expectFailure('CONTENT_TYPE_NOT_SUPPORTED', operation, params, headers);
      }
    });

    test('CORE-CAP-003 CARD-EXT-001 there is no other card', async () => {
      await agent().expectFailure('UNSUPPORTED_OPERATION', 'GetExtendedAgentCard');
    });
  });

  test('JSONRPC-ERR-001 what is no call, no method, or no JSON', async () => {
    const answers = [
      ['{"jsonrpc":"2.0","id":1', null, -32700],
      ['{"jsonrpc":"2.0","id":1}', 1, -32600],
      ['{"jsonrpc":"2.0","id":"x","method":"NoMethod","params":{}}', 'x', -32601],
      ['{"jsonrpc":"2.0","id":2,"method":"GetTask","params":{}}', 2, -32602],
    ] as const;
    for (const [body, id, code] of answers) {
      const headers = { 'content-type': 'application/json', 'A2A-Version': '1.0' };
      const response = await fetch(served.url, { method: 'POST', headers, body });
      const error = { code, message: expect.stringMatching(/./) };
      expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id, error });
    }
  });
});

describe.each(bindings)('over %s', (binding) => {
  test('CORE-CAP-001 CORE-CAP-002 what the card does not offer is refused', async () => {
    const url = await serve((card) => ({
      ...card,
      capabilities: { extensions: [], streaming: false, pushNotifications: false },
    }));
    const agent = new TckClient(url, binding);
    for (const operation of pushOperations) {
      await agent.expectFailure('PUSH_NOTIFICATION_NOT_SUPPORTED', operation, ofNothing);
    }
    const params = { message: tckMessage('tck-stream-001'), id: 'none' };
    await agent.expectFailure('UNSUPPORTED_OPERATION', 'SendStreamingMessage', params);
    await agent.expectFailure('UNSUPPORTED_OPERATION', 'SubscribeToTask', params);
  });

  test('CARD-EXT-002 a second card that is offered and not there', async () => {
    const url = await serve((card) => ({
      ...card,
      capabilities: { extensions: [], extendedAgentCard: true },
    }));
    const agent = new TckClient(url, binding);
    await agent.expectFailure('EXTENDED_AGENT_CARD_NOT_CONFIGURED', 'GetExtendedAgentCard');
  });

  test('CORE-CAP-004 a required extension must be named', async () => {
    const url = await serve((card) => ({
      ...card,
      capabilities: { streaming: true, extensions: [requiredExtension] },
    }));
    const agent = new TckClient(url, binding);
    const params = { message: tckMessage('tck-complete-task') };
    for (const operation of ['SendMessage', 'SendStreamingMessage'] as const) {
      await agent.expectFailure('EXTENSION_SUPPORT_REQUIRED', operation, params);
    }
    const headers = { 'A2A-Extensions': requiredExtension.uri };
    expect(await agent.call('SendMessage', params, headers)).toHaveProperty('task');
  });

  test('AUTH-SERVER-002 AUTH-SCOPE-001 to AUTH-SCOPE-003 CORE-LIST-001 tasks are their user’s', async () => {
    const url = await serve(undefined, {
      authenticate: (request) => {
        const userName = request.headers.get('authorization');
        return userName === null ? undefined : { isAuthenticated: true, userName };
      },
    });
    const [mine, theirs] = ['me', 'them'].map(
      (authorization) => new TckClient(url, binding, { authorization }),
    );
    const none = await new TckClient(url, binding).request('ListTasks');
    expect(none.status).toBe(401);
    const { id } = (await mine?.send('tck-input-required')) ?? {};
    expect(await mine?.call('ListTasks')).toMatchObject({ totalSize: 1 });
    expect(await theirs?.call('ListTasks')).toMatchObject({ totalSize: 0 });
    const params = { ...ofNothing, id, taskId: id };
    for (const operation of ['GetTask', 'CancelTask', 'SubscribeToTask'] as const) {
      await theirs?.expectFailure('TASK_NOT_FOUND', operation, params);
    }
    await theirs?.expectFailure('TASK_NOT_FOUND', 'CreateTaskPushNotificationConfig', params);
    const message = tckMessage('tck-complete-task', { taskId: id });
    await theirs?.expectFailure('TASK_NOT_FOUND', 'SendMessage', { message });
    expect(await mine?.call('GetTask', { id })).toMatchObject({
      status: { state: 'TASK_STATE_INPUT_REQUIRED' },
    });
  });
});

describe('the card', () => {
  const names = [
    'capabilities',
    'defaultInputModes',
    'defaultOutputModes',
    'description',
    'name',
    'skills',
    'supportedInterfaces',
    'version',
  ];
  const get = async (
    change?: (card: AgentCard) => AgentCard,
    headers: Record<string, string> = {},
  ) => fetch(`${await serve(change)}.well-known/agent-card.json`, { headers });

  test.each([
    ['asked for in 1.0', undefined, { 'A2A-Version': '1.0' }],
    ['of an agent that speaks nothing but 1.0', withoutLegacy, {}],
  ])(
    'CARD-DISC-001 CARD-STRUCT-001 %s has no member of another version',
    async (_, change, headers) => {
      const response = await get(change, headers);
      expect(response.status).toBe(200);
      expect(Object.keys(await response.json()).sort()).toEqual(names);
    },
  );

  test('CARD-STRUCT-001 asked for without a version, it has the members of both', async () => {
    const card = await (await get()).json();
    expect(card).toMatchObject({ protocolVersion: '0.3', preferredTransport: 'JSONRPC' });
    expect(Object.keys(card)).toEqual(expect.arrayContaining([...names, 'url']));
  });

  test('CARD-PROTO-001 CARD-PROTO-002 BIND-FIELD-001 each interface is what it says', async () => {
    const { supportedInterfaces } = await (await get()).json();
    expect(supportedInterfaces).toMatchObject([
      { protocolBinding: 'JSONRPC', protocolVersion: '1.0', url: expect.any(String) },
      { protocolBinding: 'HTTP+JSON', protocolVersion: '1.0', url: expect.any(String) },
      { protocolBinding: 'JSONRPC', protocolVersion: '0.3', url: expect.any(String) },
    ]);
  });

  test('CARD-CACHE-001 CARD-CACHE-002 CARD-CACHE-003 it says how long it may be kept', async () => {
    const { headers } = await get();
    expect(headers.get('cache-control')).toMatch(/max-age=\d+/);
    expect(headers.get('etag')).toMatch(/^"\w+"$/);
    expect(Date.parse(headers.get('last-modified') ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });
});
