import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveTckAgent } from './serve-tck-agent';
import { bindings, TckClient, tckMessage } from './tck-client';
import { answeredMessage, answeredTask, listedTasks, task } from './tck-shapes';

let served: Awaited<ReturnType<typeof serveTckAgent>>;
beforeAll(async () => {
  served = await serveTckAgent();
});
afterAll(() => served.close());

describe.each(bindings)('over %s', (binding) => {
  const agent = () => new TckClient(served.url, binding);
  const send = (scenario: string, message = {}, params = {}) =>
    agent().send(scenario, message, params);
  const get = async (id: string, params = {}) =>
    task.parse(await agent().call('GetTask', { id, ...params }));

  test('CORE-SEND-001 DM-TASK-001 DM-STATUS-001 a message is answered with its task', async () => {
    expect(await send('tck-complete-task')).toMatchObject({
      status: {
        state: 'TASK_STATE_COMPLETED',
        timestamp: expect.any(String),
        message: { role: 'ROLE_AGENT', parts: [{ text: 'Hello from TCK' }] },
      },
    });
  });

  test('CORE-SEND-001 DM-MSG-001 a message is answered with a message', async () => {
    const params = { message: tckMessage('tck-message-response') };
    const said = answeredMessage.parse(await agent().call('SendMessage', params));
    expect(said.parts).toEqual([{ text: 'Direct message response', mediaType: 'text/plain' }]);
    expect(said.role).toBe('ROLE_AGENT');
    // No task was made.
    expect(said.taskId ?? '').toBe('');
  });

  test.each([
    ['tck-complete-task', 'TASK_STATE_COMPLETED'],
    ['tck-reject-task', 'TASK_STATE_REJECTED'],
    ['tck-fail-task', 'TASK_STATE_FAILED'],
  ])('CORE-SEND-002 no message goes to a task that is over: %s', async (scenario, state) => {
    const { id, status } = await send(scenario);
    expect(status.state).toBe(state);
    const message = tckMessage('tck-complete-task', { taskId: id });
    await agent().expectFailure('UNSUPPORTED_OPERATION', 'SendMessage', { message });
  });

  test.each([
    ['tck-artifact-text', { text: 'Generated text content', mediaType: 'text/plain' }],
    [
      'tck-artifact-file-url',
      { url: 'https://example.com/output.txt', mediaType: 'text/plain', filename: 'output.txt' },
    ],
    ['tck-artifact-file', { raw: btoa('tck'), mediaType: 'text/plain', filename: 'output.txt' }],
    ['tck-artifact-data', { data: { key: 'value', count: 42 }, mediaType: 'application/json' }],
  ])('DM-ART-001 DM-PART-001 %s', async (scenario, part) => {
    const { artifacts, id } = await send(scenario);
    expect(artifacts).toEqual([expect.objectContaining({ artifactId: 'answer', parts: [part] })]);
    expect((await get(id)).artifacts).toEqual(artifacts);
  });

  test('DM-SERIAL-004 what lacks a required field is refused', async () => {
    const { messageId: _, ...nameless } = tckMessage('tck-complete-task');
    for (const message of [undefined, nameless, tckMessage('tck', { parts: [] })]) {
      await agent().expectFailure('INVALID_PARAMS', 'SendMessage', { message });
    }
  });

  test('DM-SERIAL-005 what is not known is ignored', async () => {
    const message = tckMessage('tck-complete-task', { tckUnknown: { a: 1 } });
    const answer = await agent().call('SendMessage', { message, tckUnknown: [true] });
    expect(answeredTask.parse(answer).status.state).toBe('TASK_STATE_COMPLETED');
  });

  test('CORE-EXECUTION-MODE-001 it waits for the end, or for a question', async () => {
    expect((await send('tck-input-required')).status.state).toBe('TASK_STATE_INPUT_REQUIRED');
    let isAnswered = false;
    const answer = send('test-resubscribe-message-id').then((answered) => {
      isAnswered = true;
      return answered;
    });
    await expect
      .poll(async () => JSON.stringify(await agent().call('ListTasks')))
      .toContain('TASK_STATE_WORKING');
    expect(isAnswered).toBe(false);
    served.release();
    expect((await answer).status.state).toBe('TASK_STATE_COMPLETED');
  });

  test('CORE-EXECUTION-MODE-002 it does not wait when it is asked not to', async () => {
    const configuration = { returnImmediately: true };
    const { id, status } = await send('test-resubscribe-message-id', {}, { configuration });
    expect(['TASK_STATE_SUBMITTED', 'TASK_STATE_WORKING']).toContain(status.state);
    await expect.poll(async () => (await get(id)).status.state).toBe('TASK_STATE_WORKING');
    served.release();
    await expect.poll(async () => (await get(id)).status.state).toBe('TASK_STATE_COMPLETED');
  });

  test('CORE-MULTI-001 CORE-MULTI-003 contexts and tasks have ids of their own', async () => {
    const [first, second] = [await send('tck-complete-task'), await send('tck-complete-task')];
    expect(new Set([first.id, second.id, first.contextId, second.contextId]).size).toBe(4);
  });

  test('CORE-MULTI-002 a context of the caller is kept', async () => {
    const contextId = crypto.randomUUID();
    expect(await send('tck-complete-task', { contextId })).toMatchObject({ contextId });
  });

  test('CORE-MULTI-004 a message to an unknown task is refused', async () => {
    const message = tckMessage('tck-complete-task', { taskId: crypto.randomUUID() });
    await agent().expectFailure('TASK_NOT_FOUND', 'SendMessage', { message });
  });

  test('CORE-MULTI-005 CORE-MULTI-006 a task knows its context', async () => {
    const { contextId, id } = await send('tck-input-required');
    const elsewhere = tckMessage('tck-complete-task', { taskId: id, contextId: 'elsewhere' });
    await agent().expectFailure('INVALID_PARAMS', 'SendMessage', { message: elsewhere });
    expect(await send('tck-complete-task', { taskId: id })).toMatchObject({
      id,
      contextId,
      status: { state: 'TASK_STATE_COMPLETED' },
    });
  });

  test('CORE-HIST-001 to CORE-HIST-006 the history is in order, and as long as asked for', async () => {
    const { id } = await send('tck-input-required', { parts: [{ text: 'one' }] });
    await send('tck-input-required', { taskId: id, parts: [{ text: 'two' }] });
    const last = { taskId: id, parts: [{ text: 'three' }] };
    const { history } = await send('tck-input-required', last);
    const texts = (messages: unknown) => JSON.stringify(messages).match(/one|two|three/g);
    expect(texts(history)).toEqual(['one', 'two', 'three']);
    expect(texts((await get(id)).history)).toEqual(['one', 'two', 'three']);
    expect(texts((await get(id, { historyLength: 2 })).history)).toEqual(['two', 'three']);
    expect((await get(id, { historyLength: 0 })).history ?? []).toEqual([]);
    const configuration = { historyLength: 0 };
    const none = await send('tck-complete-task', { taskId: id }, { configuration });
    expect(none.history ?? []).toEqual([]);
    await agent().expectFailure('INVALID_PARAMS', 'GetTask', { id, historyLength: -1 });
  });

  test('CORE-GET-001 CORE-GET-002 a task is read', async () => {
    const { id, ...answered } = await send('tck-complete-task');
    expect(await get(id)).toMatchObject({ id, ...answered });
    await agent().expectFailure('TASK_NOT_FOUND', 'GetTask', { id: crypto.randomUUID() });
  });

  test('CORE-CANCEL-001 to CORE-CANCEL-003 a task is canceled, unless it is over', async () => {
    const { id } = await send('tck-input-required');
    const canceled = task.parse(await agent().call('CancelTask', { id }));
    expect(canceled).toMatchObject({ id, status: { state: 'TASK_STATE_CANCELED' } });
    expect((await get(id)).status.state).toBe('TASK_STATE_CANCELED');
    // Section 3.3.1: a second cancel has the effect of the first.
    expect(await agent().call('CancelTask', { id })).toMatchObject({ id });
    const over = await send('tck-complete-task');
    await agent().expectFailure('TASK_NOT_CANCELABLE', 'CancelTask', { id: over.id });
    await agent().expectFailure('TASK_NOT_FOUND', 'CancelTask', { id: crypto.randomUUID() });
  });

  test('CORE-LIST-002 to CORE-LIST-005 tasks are listed, the newest first, page by page', async () => {
    const contextId = crypto.randomUUID();
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      ids.unshift((await send('tck-artifact-text', { contextId })).id);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const list = async (params: object) =>
      listedTasks.parse(await agent().call('ListTasks', { contextId, ...params }));
    const first = await list({ pageSize: 2 });
    expect(first).toMatchObject({ totalSize: 3, nextPageToken: expect.stringMatching(/./) });
    const second = await list({ pageSize: 2, pageToken: first.nextPageToken });
    expect(second.nextPageToken).toBe('');
    expect([...first.tasks, ...second.tasks].map(({ id }) => id)).toEqual(ids);
    expect(first.tasks.flatMap(({ artifacts }) => artifacts ?? [])).toEqual([]);
    expect((await list({ includeArtifacts: true })).tasks[0]?.artifacts).toHaveLength(1);
    expect((await list({ status: 'TASK_STATE_FAILED' })).tasks).toEqual([]);
  });
});
