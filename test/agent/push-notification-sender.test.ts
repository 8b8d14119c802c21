import { TaskState, type StreamResponse, type Task } from '@a2a-js/sdk';
import {
  InMemoryPushNotificationStore,
  ServerCallContext,
  UnauthenticatedUser,
} from '@a2a-js/sdk/server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPushNotificationSender } from '../../src/agent/push-notification-sender';

const url = 'https://hook.example.com/';

async function sender(answers: (() => Response)[], requestedVersion = '1.0') {
  const store = new InMemoryPushNotificationStore();
  const context = new ServerCallContext({ user: new UnauthenticatedUser(), requestedVersion });
  await store.save('t-1', context, {
    tenant: '',
    id: '',
    taskId: 't-1',
    url,
    token: 'a-token',
    authentication: { scheme: 'Bearer', credentials: 'a-key' },
  });
  const posts: { body: unknown; headers: Headers; redirect: unknown }[] = [];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const { body, headers, redirect } = init ?? {};
    posts.push({ body: JSON.parse(String(body)), headers: new Headers(headers), redirect });
    return (answers.shift() ?? (() => new Response()))();
  };
  const waitUntil = vi.fn();
  const { send } = createPushNotificationSender({ store, fetch, waitUntil });
  return {
    posts,
    waitUntil,
    tell: (state: TaskState) => send(status(state), context, task(state)),
  };
}

const status = (state: TaskState): StreamResponse => ({
  payload: {
    $case: 'statusUpdate',
    value: {
      taskId: 't-1',
      contextId: 'c-1',
      status: { state, message: undefined, timestamp: undefined },
      metadata: {},
    },
  },
});
const task = (state: TaskState): Task => ({
  id: 't-1',
  contextId: 'c-1',
  status: { state, message: undefined, timestamp: undefined },
  artifacts: [],
  history: [],
  metadata: undefined,
});
const down = () => new Response(null, { status: 503 });
const gone = () => {
  throw new TypeError('fetch failed');
};
const working = TaskState.TASK_STATE_WORKING;
const completed = TaskState.TASK_STATE_COMPLETED;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function told(telling: Promise<void>): Promise<void> {
  await vi.runAllTimersAsync();
  await telling;
}

describe.each([
  ['1.0', { statusUpdate: { taskId: 't-1', status: { state: 'TASK_STATE_COMPLETED' } } }],
  ['0.3', { kind: 'task', id: 't-1', status: { state: 'completed' } }],
])('a webhook of protocol %s', (version, body) => {
  test('gets what it can read, with all that it can know the agent by', async () => {
    const { posts, tell, waitUntil } = await sender([], version);
    await told(tell(completed));
    expect(posts).toEqual([
      { body: expect.anything(), headers: expect.anything(), redirect: 'manual' },
    ]);
    expect(posts[0]?.body).toMatchObject(body);
    expect(posts[0]?.headers.get('x-a2a-notification-token')).toBe('a-token');
    expect(posts[0]?.headers.get('authorization')).toBe('Bearer a-key');
    expect(waitUntil).toHaveBeenCalledTimes(1);
  });
});

test.each([
  ['down for a while', [down, gone], 3],
  ['down for good', [down, down, down, down, down], 4],
  ['not to be had', [() => new Response(null, { status: 401 })], 1],
])('the end is told to a webhook that is %s', async (_, answers, times) => {
  const { posts, tell } = await sender(answers);
  await told(tell(completed));
  expect(posts).toHaveLength(times);
});

test('what lies between is told once, and in order', async () => {
  const { posts, tell } = await sender([down, down]);
  await told(Promise.all([tell(working), tell(working), tell(completed)]).then(() => {}));
  expect(posts.map(({ body }) => JSON.stringify(body).match(/WORKING|COMPLETED/)?.[0])).toEqual([
    'WORKING',
    'WORKING',
    'COMPLETED',
  ]);
});
