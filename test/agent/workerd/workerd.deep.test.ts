import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundledWorker } from '../../bundled-worker';

let worker: Miniflare;

beforeAll(async () => {
  worker = new Miniflare({
    modules: true,
    script: await bundledWorker(new URL('worker.ts', import.meta.url)),
    // Without `nodejs_compat`, so without `Buffer`, `process` and `node:` modules.
    compatibilityDate: '2026-01-01',
  });
  await worker.ready;
});

afterAll(() => worker.dispose());

const bytes = btoa('Lisbon');
const weather = { city: 'Lisbon', temperature: 16, unit: 'celsius', conditions: 'sunny' };

test('1.0: reads a file, answers with data, and tells the webhook', async () => {
  const { answer, posts } = await call('1.0', 'SendMessage', {
    message: {
      messageId: 'm-1',
      role: 'ROLE_USER',
      parts: [{ text: 'Lisbon' }, { raw: bytes, mediaType: 'text/plain' }],
    },
    configuration: { taskPushNotificationConfig: { url: 'https://hook.test/' } },
  });
  expect(answer.error).toBeUndefined();
  expect(answer.result.task.history[0].parts[1]).toMatchObject({ raw: bytes });
  expect(answer.result.task.artifacts[0].parts).toMatchObject([{ data: weather }]);
  expect(posts.at(-1)).toMatchObject({
    statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } },
  });
});

test('0.3: reads data and a file, answers with data, and tells the webhook', async () => {
  const { answer, posts } = await call('0.3', 'message/send', {
    message: {
      kind: 'message',
      messageId: 'm-1',
      role: 'user',
      parts: [
        { kind: 'text', text: 'Lisbon' },
        { kind: 'data', data: { unit: 'celsius' } },
        { kind: 'file', file: { bytes, mimeType: 'text/plain' } },
      ],
    },
    configuration: { blocking: true, pushNotificationConfig: { url: 'https://hook.test/' } },
  });
  expect(answer.error).toBeUndefined();
  expect(answer.result.history[0].parts.slice(1)).toEqual([
    { kind: 'data', data: { unit: 'celsius' } },
    { kind: 'file', file: { bytes, mimeType: 'text/plain' } },
  ]);
  expect(answer.result.artifacts[0].parts).toEqual([{ kind: 'data', data: weather }]);
  expect(posts.at(-1)).toMatchObject({
    id: answer.result.id,
    status: { state: 'completed' },
    artifacts: [{ parts: [{ kind: 'data', data: weather }] }],
  });
});

test('pages of ListTasks', async () => {
  const text = { messageId: 'm-1', role: 'ROLE_USER', parts: [{ text: 'Lisbon' }] };
  await call('1.0', 'SendMessage', { message: text });
  await call('1.0', 'SendMessage', { message: text });
  const first = await call('1.0', 'ListTasks', { pageSize: 1 });
  const { nextPageToken: pageToken, tasks } = first.answer.result;
  const second = await call('1.0', 'ListTasks', { pageSize: 1, pageToken });
  expect(second.answer.result.tasks).toHaveLength(1);
  expect(second.answer.result.tasks[0].id).not.toBe(tasks[0].id);
});

async function call(version: string, method: string, params: object) {
  const response = await worker.dispatchFetch('http://agent.test/', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'a2a-version': version },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text);
}
