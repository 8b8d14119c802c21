import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/v4';
import { serveTckAgent, serveWebhook } from './serve-tck-agent';
import { bindings, TckClient, tckMessage } from './tck-client';
import { answeredTask, pushConfig, streamEvent } from './tck-shapes';

let served: Awaited<ReturnType<typeof serveTckAgent>>;
let webhook: Awaited<ReturnType<typeof serveWebhook>>;
beforeAll(async () => {
  served = await serveTckAgent();
  webhook = await serveWebhook();
});
afterAll(() => Promise.all([served.close(), webhook.close()]));

const listed = z.looseObject({ configs: z.array(pushConfig) });

describe.each(bindings)('over %s', (binding) => {
  const agent = () => new TckClient(served.url, binding);
  const create = async (taskId: string, more: object = {}) => {
    const params = { taskId, url: webhook.url, ...more };
    return pushConfig.parse(await agent().call('CreateTaskPushNotificationConfig', params));
  };

  test('PUSH-CREATE-001 PUSH-CREATE-002 PUSH-GET-001 PUSH-GET-002 a config is kept', async () => {
    const { id: taskId } = await agent().send('tck-input-required');
    const id = `tck-push-${crypto.randomUUID()}`;
    expect(await create(taskId, { id })).toMatchObject({ id, taskId, url: webhook.url });
    const read = await agent().call('GetTaskPushNotificationConfig', { taskId, id });
    expect(pushConfig.parse(read)).toMatchObject({ id, taskId, url: webhook.url });
    const unknown = { taskId, id: crypto.randomUUID() };
    await agent().expectFailure('TASK_NOT_FOUND', 'GetTaskPushNotificationConfig', unknown);
    const elsewhere = { taskId: crypto.randomUUID(), id, url: webhook.url };
    await agent().expectFailure('TASK_NOT_FOUND', 'CreateTaskPushNotificationConfig', elsewhere);
  });

  test('PUSH-CREATE-001 a config without an id gets one that it is found by', async () => {
    const { id: taskId } = await agent().send('tck-input-required');
    const { id } = await create(taskId);
    const read = await agent().call('GetTaskPushNotificationConfig', { taskId, id });
    expect(read).toMatchObject({ url: webhook.url });
  });

  test('PUSH-LIST-001 PUSH-DEL-001 PUSH-DEL-002 configs are listed until they are deleted', async () => {
    const { id: taskId } = await agent().send('tck-input-required');
    const ids = async () => {
      const answer = await agent().call('ListTaskPushNotificationConfigs', { taskId });
      return listed.parse(answer).configs.map(({ id }) => id);
    };
    await create(taskId, { id: 'one' });
    await create(taskId, { id: 'two' });
    expect(await ids()).toEqual(['one', 'two']);
    for (let time = 0; time < 2; time++) {
      await agent().call('DeleteTaskPushNotificationConfig', { taskId, id: 'one' });
      expect(await ids()).toEqual(['two']);
    }
    const gone = { taskId, id: 'one' };
    await agent().expectFailure('TASK_NOT_FOUND', 'GetTaskPushNotificationConfig', gone);
  });

  test('PUSH-DELIVER-001 to PUSH-DELIVER-003 the webhook is told, as who may speak to it', async () => {
    const credentials = crypto.randomUUID();
    const config = { url: webhook.url, authentication: { scheme: 'Bearer', credentials } };
    const params = {
      message: tckMessage('tck-input-required'),
      configuration: { taskPushNotificationConfig: config },
    };
    const { id: taskId } = answeredTask.parse(await agent().call('SendMessage', params));
    await agent().send('tck-complete-task', { taskId });

    const told = () =>
      webhook.told.filter(({ authorization }) => authorization === `Bearer ${credentials}`);
    const states = () =>
      told().map(({ body }) => {
        const event = streamEvent.parse(body);
        if ('statusUpdate' in event) return event.statusUpdate.status.state;
        return 'task' in event ? event.task.status.state : 'another';
      });
    await expect.poll(states).toContain('TASK_STATE_COMPLETED');
    expect(states()).toContain('TASK_STATE_INPUT_REQUIRED');
    expect(new Set(told().map(({ contentType }) => contentType))).toEqual(
      new Set(['application/a2a+json']),
    );
    for (const { body } of told()) expect(JSON.stringify(body)).toContain(taskId);
    // What was written is not read back.
    const answer = await agent().call('ListTaskPushNotificationConfigs', { taskId });
    expect(JSON.stringify(answer)).not.toContain(credentials);
  });
});
