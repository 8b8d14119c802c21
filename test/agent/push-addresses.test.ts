import { afterEach, describe, expect, test, vi } from 'vitest';
import { type AgentHandlerOptions, createAgentCard } from '../../src/agent';
import { answering, serveAgent, startInternalService, userMessage } from './served-agent';

let closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});

async function start(options: Partial<AgentHandlerOptions> = {}) {
  const service = await startInternalService();
  const executed = vi.fn();
  const work = answering({ pieces: 42 });
  const agent = await serveAgent(
    {
      ...work,
      execute: (request, bus) => {
        executed();
        return work.execute(request, bus);
      },
    },
    options,
  );
  closing.push(agent.close, service.close);
  return { agent, service, executed };
}

const authentication = { scheme: 'Basic', credentials: 'cm9vdDpyb290' };
const config = (url: string, more: object = {}) => ({
  tenant: '',
  id: '',
  taskId: '',
  url,
  token: 'a-token',
  authentication,
  ...more,
});
const request = (url: string) => ({
  tenant: '',
  metadata: undefined,
  message: userMessage('Hi'),
  configuration: {
    acceptedOutputModes: [],
    returnImmediately: false,
    taskPushNotificationConfig: config(url),
  },
});
const legacyRequest = (url: string) => ({
  message: {
    kind: 'message' as const,
    messageId: crypto.randomUUID(),
    role: 'user' as const,
    parts: [{ kind: 'text' as const, text: 'Hi' }],
  },
  configuration: {
    pushNotificationConfig: {
      url,
      token: 'a-token',
      authentication: { schemes: ['Basic'], credentials: 'cm9vdDpyb290' },
    },
  },
});

describe('an address of the inside is refused before any work, and never posted to', () => {
  test.each(['JSONRPC', 'HTTP+JSON'] as const)('1.x over %s', async (transport) => {
    const { agent, service, executed } = await start();
    const client = await agent.connect(transport);
    await expect(client.sendMessage(request(service.url))).rejects.toMatchObject({
      name: 'RequestMalformedError',
      message: expect.stringContaining('pushNotificationConfig.url'),
    });
    await expect(async () => {
      for await (const _ of client.sendMessageStream(request(service.url)));
    }).rejects.toThrow('pushNotificationConfig.url');

    const task = await client.sendMessage({ ...request(''), configuration: undefined });
    const taskId = 'id' in task ? task.id : '';
    await expect(
      client.createTaskPushNotificationConfig(config(service.url, { taskId })),
    ).rejects.toThrow('pushNotificationConfig.url');
    expect(executed).toHaveBeenCalledTimes(1);
    expect(service.seen).toEqual([]);
  });

  test('0.3', async () => {
    const { agent, service, executed } = await start();
    const client = await agent.connectLegacy();
    for (const method of ['message/send', 'message/stream']) {
      expect(await agent.call(method, legacyRequest(service.url))).toMatchObject({
        id: 1,
        error: { code: -32602 },
      });
    }
    await expect(client.sendMessage(legacyRequest(service.url))).rejects.toThrow(
      'pushNotificationConfig.url',
    );
    expect(executed).not.toHaveBeenCalled();
    expect(service.seen).toEqual([]);
  });
});

describe('an address that is trusted', () => {
  test.each([
    ['by its host', () => ({ trustedHosts: ['127.0.0.1'] })],
    ['by its origin', (url: string) => ({ trustedOrigins: [new URL(url).origin] })],
  ])('%s is told of what matters, not of each piece', async (_, trust) => {
    const service = await startInternalService();
    const agent = await serveAgent(answering({ pieces: 42 }), { push: trust(service.url) });
    closing.push(agent.close, service.close);
    const client = await agent.connect('JSONRPC');
    await client.sendMessage(request(service.url));
    await expect.poll(() => service.seen.at(-1)?.body).toContain('TASK_STATE_COMPLETED');
    expect(service.seen).toHaveLength(2);
    expect(service.seen[0]).toMatchObject({
      path: '/admin/restart?now=1',
      headers: { authorization: 'Basic cm9vdDpyb290', 'x-a2a-notification-token': 'a-token' },
    });
  });

  test('is not left by a redirect', async () => {
    const inside = await startInternalService();
    const hook = await startInternalService(307, { location: inside.url });
    const agent = await serveAgent(answering(), { push: { trustedHosts: ['127.0.0.1'] } });
    closing.push(agent.close, inside.close, hook.close);
    await (await agent.connect('JSONRPC')).sendMessage(request(hook.url));
    await expect.poll(() => hook.seen.at(-1)?.body).toContain('TASK_STATE_COMPLETED');
    expect(inside.seen).toEqual([]);
  });
});

describe('what is registered', () => {
  const registered = async (push: AgentHandlerOptions['push']) => {
    const started = await start({ push: { trustedHosts: ['hook.example.com'], ...push } });
    const client = await started.agent.connect('JSONRPC');
    const task = await client.sendMessage({ ...request(''), configuration: undefined });
    const taskId = 'id' in task ? task.id : '';
    return { ...started, client, taskId };
  };
  const hook = 'https://hook.example.com/';

  test('is bounded in number for each task', async () => {
    const { client, taskId } = await registered({ maxConfigsPerTask: 2 });
    await client.createTaskPushNotificationConfig(config(hook, { taskId, id: 'one' }));
    await client.createTaskPushNotificationConfig(config(hook, { taskId, id: 'two' }));
    await client.createTaskPushNotificationConfig(config(hook, { taskId, id: 'two' }));
    await expect(
      client.createTaskPushNotificationConfig(config(hook, { taskId, id: 'three' })),
    ).rejects.toMatchObject({ name: 'RequestMalformedError' });
  });

  test('is shown again without its credentials', async () => {
    const { agent, client, taskId } = await registered({});
    const created = await client.createTaskPushNotificationConfig(
      config(hook, { taskId, id: 'one' }),
    );
    expect(created).toMatchObject({ token: 'a-token', authentication });
    const get = { taskId, id: 'one', tenant: '' };
    const list = { taskId, tenant: '', pageSize: 0, pageToken: '' };
    const shown = [
      await client.getTaskPushNotificationConfig(get),
      ...(await client.listTaskPushNotificationConfig(list)).configs,
    ];
    expect(shown).toMatchObject([{ url: hook }, { url: hook }]);
    expect(JSON.stringify(shown)).not.toMatch(/a-token|cm9vd/);
    // A request of 0.3 may leave out which one.
    const legacy = await agent.call('tasks/pushNotificationConfig/get', { id: taskId });
    expect(legacy).toMatchObject({ result: { pushNotificationConfig: { id: 'one', url: hook } } });
    expect(JSON.stringify(legacy)).not.toMatch(/a-token|cm9vd/);
  });

  test('can be refused by the application, which knows its users', async () => {
    const approveCallback = vi.fn(({ url }: { url: URL }) => url.pathname === '/');
    const { client, taskId } = await registered({ approveCallback });
    await client.createTaskPushNotificationConfig(config(hook, { taskId }));
    await expect(
      client.createTaskPushNotificationConfig(config(`${hook}elsewhere`, { taskId })),
    ).rejects.toMatchObject({ name: 'RequestMalformedError' });
    expect(approveCallback).toHaveBeenCalledWith({
      url: new URL(hook),
      taskId,
      user: expect.objectContaining({ isAuthenticated: false }),
    });
  });

  test('must fit into headers', async () => {
    const { client, taskId } = await registered({});
    await expect(
      client.createTaskPushNotificationConfig(config(hook, { taskId, token: 'a\r\nb: c' })),
    ).rejects.toMatchObject({ name: 'RequestMalformedError' });
  });
});

test('an agent whose card offers no push notifications looks at no address', async () => {
  const { service } = await start();
  const card = createAgentCard({
    url: 'http://127.0.0.1/agent/',
    name: 'silent',
    description: '',
    skills: [],
  });
  const silent = await serveAgent(answering(), { card });
  closing.push(silent.close);
  expect(await silent.call('message/send', legacyRequest(service.url))).toMatchObject({
    result: { kind: 'task' },
  });
  expect(service.seen).toEqual([]);
});
