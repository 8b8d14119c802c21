import { TaskState } from '@a2a-js/sdk';
import { expect, test, vi } from 'vitest';
import { answering, serveAgent, userMessage } from './served-agent';

const request = (more: object = {}, configuration: object = {}) => ({
  tenant: '',
  metadata: undefined,
  message: userMessage('Hi', more),
  configuration: {
    acceptedOutputModes: [],
    returnImmediately: false,
    taskPushNotificationConfig: undefined,
    ...configuration,
  },
});
const refused = { name: 'RequestMalformedError' };

test.each(['JSONRPC', 'HTTP+JSON'] as const)(
  'a message without parts and a negative historyLength are refused over %s',
  async (transport) => {
    const work = answering();
    const execute = vi.spyOn(work, 'execute');
    const agent = await serveAgent(work);
    const client = await agent.connect(transport);
    await expect(client.sendMessage(request({ parts: [] }))).rejects.toMatchObject(refused);
    await expect(client.sendMessageStream(request({ parts: [] })).next()).rejects.toThrow('parts');
    const negative = request({}, { historyLength: -1 });
    await expect(client.sendMessage(negative)).rejects.toMatchObject(refused);
    await expect(client.sendMessageStream(negative).next()).rejects.toThrow('historyLength');
    expect(execute).not.toHaveBeenCalled();

    const none = await client.sendMessage(request({}, { historyLength: 0 }));
    expect(none).toMatchObject({ history: [] });
    const id = 'id' in none ? none.id : '';
    await expect(client.getTask({ id, tenant: '', historyLength: -1 })).rejects.toMatchObject(
      refused,
    );
    await expect(
      client.listTasks({
        tenant: '',
        contextId: '',
        status: TaskState.TASK_STATE_UNSPECIFIED,
        pageToken: '',
        statusTimestampAfter: undefined,
        includeArtifacts: false,
        historyLength: -1,
      }),
    ).rejects.toMatchObject(refused);
    await agent.close();
  },
);

test('in 0.3 too, and parts left out', async () => {
  const agent = await serveAgent(answering());
  const message = { kind: 'message', messageId: 'm', role: 'user', parts: [] as object[] };
  const calls: [string, object][] = [
    ['message/send', { message }],
    ['message/stream', { message }],
    ['message/send', { message: { ...message, parts: undefined } }],
    ['message/send', { message: { messageId: 'm' } }],
    [
      'message/send',
      {
        message: { ...message, parts: [{ kind: 'text', text: 'Hi' }] },
        configuration: { historyLength: -1 },
      },
    ],
    ['tasks/get', { id: 'x', historyLength: -1 }],
  ];
  for (const [method, params] of calls) {
    expect(await agent.call(method, params), method).toMatchObject({
      id: 1,
      error: { code: -32602 },
    });
  }
  await agent.close();
});

test('metadata too deep to be copied is an error, not an end of the agent', async () => {
  const agent = await serveAgent(answering());
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  const body = `{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"Hi"}],"metadata":{"a":${deep}}}}}`;
  const headers = { 'content-type': 'application/json', 'A2A-Version': '1.0' };
  const response = await fetch(agent.url, { method: 'POST', headers, body });
  expect(await response.json()).toMatchObject({ id: 1, error: { code: -32603 } });
  const client = await agent.connect('JSONRPC');
  expect(await client.sendMessage(request())).toMatchObject({
    status: { state: TaskState.TASK_STATE_COMPLETED },
  });
  await agent.close();
});
