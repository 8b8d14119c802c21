import { TaskState } from '@a2a-js/sdk';
import { AgentEvent, type ExecutionEventBus } from '@a2a-js/sdk/server';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { answering, serveAgent, startInternalService, userMessage } from './served-agent';

let closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});

const inputRequired = TaskState.TASK_STATE_INPUT_REQUIRED;
const authRequired = TaskState.TASK_STATE_AUTH_REQUIRED;
const canceled = TaskState.TASK_STATE_CANCELED;
const says = (state: TaskState) => (taskId: string, bus: ExecutionEventBus) =>
  bus.publish(
    AgentEvent.statusUpdate({
      taskId,
      contextId: 'c',
      status: { state, message: undefined, timestamp: undefined },
      metadata: {},
    }),
  );
const request = (more: object = {}) => ({
  tenant: '',
  configuration: undefined,
  metadata: undefined,
  message: userMessage('Hi', more),
});

describe.each([
  ['input', inputRequired],
  ['authentication', authRequired],
])('a task that waits for %s is canceled', (_, end) => {
  test.each(['JSONRPC', 'HTTP+JSON'] as const)('by the 1.x client over %s', async (transport) => {
    const cancel = vi.fn();
    const agent = await serveAgent(answering({ end, cancel }));
    closing.push(agent.close);
    const client = await agent.connect(transport);
    const task = await client.sendMessage(request());
    expect(task).toMatchObject({ status: { state: end } });
    const id = 'id' in task ? task.id : '';
    const answer = { id, status: { state: canceled } };
    expect(await client.cancelTask({ id, tenant: '', metadata: {} })).toMatchObject(answer);
    expect(await client.getTask({ id, tenant: '' })).toMatchObject(answer);
    // Again, it is canceled already.
    expect(await client.cancelTask({ id, tenant: '', metadata: {} })).toMatchObject(answer);
    expect(cancel).toHaveBeenCalledTimes(1);
    await expect(client.sendMessage(request({ taskId: id }))).rejects.toThrow(/terminal/);
  });

  test('by the 0.3 client', async () => {
    const agent = await serveAgent(answering({ end }));
    closing.push(agent.close);
    const client = await agent.connectLegacy();
    const task = await client.sendMessage({
      message: {
        kind: 'message',
        messageId: 'm',
        role: 'user',
        parts: [{ kind: 'text', text: 'Hi' }],
      },
      configuration: { blocking: true },
    });
    const id = 'id' in task ? task.id : '';
    expect(await client.cancelTask({ id })).toMatchObject({ id, status: { state: 'canceled' } });
    expect(await client.getTask({ id })).toMatchObject({ status: { state: 'canceled' } });
  });

  test('once, where the executor says so itself', async () => {
    const agent = await serveAgent(answering({ end, cancel: says(canceled) }));
    closing.push(agent.close);
    const client = await agent.connect('JSONRPC');
    const task = await client.sendMessage(request());
    const id = 'id' in task ? task.id : '';
    expect(await client.cancelTask({ id, tenant: '', metadata: {} })).toMatchObject({
      status: { state: canceled },
    });
  });

  test('and its streams end, and its webhook hears of it', async () => {
    const hook = await startInternalService();
    const agent = await serveAgent(answering({ end }), { push: { trustedHosts: ['127.0.0.1'] } });
    closing.push(agent.close, hook.close);
    const client = await agent.connect('JSONRPC');
    const taskPushNotificationConfig = {
      tenant: '',
      id: '',
      taskId: '',
      url: hook.url,
      token: '',
      authentication: undefined,
    };
    const task = await client.sendMessage({
      ...request(),
      configuration: {
        acceptedOutputModes: [],
        returnImmediately: false,
        taskPushNotificationConfig,
      },
    });
    const id = 'id' in task ? task.id : '';
    const stream = client.resubscribeTask({ id, tenant: '' });
    await stream.next();
    const last = stream.next();
    await client.cancelTask({ id, tenant: '', metadata: {} });
    expect((await last).value).toMatchObject({
      payload: { $case: 'statusUpdate', value: { taskId: id, status: { state: canceled } } },
    });
    expect(await stream.next()).toMatchObject({ done: true });
    await expect.poll(() => hook.seen.at(-1)?.body).toContain('TASK_STATE_CANCELED');
  });
});

test.each([
  ['refuses', () => Promise.reject(new Error('The table is booked.')), 'The table is booked.'],
  ['goes on waiting', says(inputRequired), /cancel/i],
  ['has finished meanwhile', says(TaskState.TASK_STATE_COMPLETED), /cancel/i],
])('a cancel is answered when the executor %s', async (_, cancel, message) => {
  const agent = await serveAgent(answering({ end: inputRequired, cancel }));
  closing.push(agent.close);
  const client = await agent.connect('JSONRPC');
  const task = await client.sendMessage(request());
  const id = 'id' in task ? task.id : '';
  await expect(client.cancelTask({ id, tenant: '', metadata: {} })).rejects.toThrow(message);
});

test('a task that was answered meanwhile is canceled by its executor', async () => {
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  const cancel = async (taskId: string, bus: ExecutionEventBus) => {
    says(canceled)(taskId, bus);
    end();
  };
  // Work that goes on after its test would be heard of in the next file.
  closing.push(async () => end());
  let turns = 0;
  const waiting = answering({ end: inputRequired, cancel });
  const agent = await serveAgent({
    ...waiting,
    execute: async (context, bus) => {
      turns++;
      if (turns === 1) return waiting.execute(context, bus);
      says(TaskState.TASK_STATE_WORKING)(context.taskId, bus);
      await isOver;
    },
  });
  closing.push(agent.close);
  const client = await agent.connect('JSONRPC');
  const task = await client.sendMessage(request());
  const id = 'id' in task ? task.id : '';
  const second = client.sendMessage(request({ taskId: id }));
  await expect
    .poll(async () => (await client.getTask({ id, tenant: '' })).status?.state)
    .toBe(TaskState.TASK_STATE_WORKING);
  expect(await client.cancelTask({ id, tenant: '', metadata: {} })).toMatchObject({
    status: { state: canceled },
  });
  expect(await second).toMatchObject({ status: { state: canceled } });
});

test('a second cancel has the effect of the first, and is an error in 0.3', async () => {
  const agent = await serveAgent(answering({ end: inputRequired }));
  closing.push(agent.close);
  const client = await agent.connect('JSONRPC');
  const task = await client.sendMessage(request());
  const id = 'id' in task ? task.id : '';
  for (let time = 0; time < 2; time++) {
    expect(await client.cancelTask({ id, tenant: '', metadata: {} })).toMatchObject({
      status: { state: canceled },
    });
  }
  expect(await agent.call('tasks/cancel', { id })).toMatchObject({ error: { code: -32002 } });
  const other = await client.sendMessage(request());
  const otherId = 'id' in other ? other.id : '';
  expect(await agent.call('tasks/cancel', { id: otherId })).toMatchObject({
    result: { id: otherId, status: { state: 'canceled' } },
  });
});
