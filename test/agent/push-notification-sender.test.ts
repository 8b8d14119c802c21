import { TaskState, type StreamResponse, type Task } from '@a2a-js/sdk';
import {
  InMemoryPushNotificationStore,
  ServerCallContext,
  UnauthenticatedUser,
} from '@a2a-js/sdk/server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAddressPolicy } from '../../src/agent/address-policy';
import { createPushNotificationSender } from '../../src/agent/push-notification-sender';

const url = 'https://hook.example.com/';

type Options = Partial<Parameters<typeof createPushNotificationSender>[0]>;

async function sender(
  answers: (() => Response)[],
  requestedVersion = '1.0',
  options: Options & { configs?: number } = {},
) {
  const store = new InMemoryPushNotificationStore();
  const context = new ServerCallContext({ user: new UnauthenticatedUser(), requestedVersion });
  for (let number = 0; number < (options.configs ?? 1); number++) {
    await store.save('t-1', context, {
      tenant: '',
      id: '',
      taskId: 't-1',
      url,
      token: 'a-token',
      authentication: { scheme: 'Bearer', credentials: 'a-key' },
    });
  }
  const posts: { body: unknown; headers: Headers; redirect: unknown }[] = [];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const { body, headers, redirect } = init ?? {};
    posts.push({ body: JSON.parse(String(body)), headers: new Headers(headers), redirect });
    return (answers.shift() ?? (() => new Response()))();
  };
  const waitUntil = vi.fn();
  const judge = createAddressPolicy();
  const { send } = createPushNotificationSender({ store, judge, fetch, waitUntil, ...options });
  return {
    posts,
    waitUntil,
    tell: (state: TaskState) => send(status(state), context, task(state)),
    tellPiece: (append: boolean, lastChunk: boolean) =>
      send(piece(append, lastChunk), context, task(working)),
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
const piece = (append: boolean, lastChunk: boolean): StreamResponse => ({
  payload: {
    $case: 'artifactUpdate',
    value: {
      taskId: 't-1',
      contextId: 'c-1',
      artifact: undefined,
      append,
      lastChunk,
      metadata: {},
    },
  },
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

test('whole artifacts are told, pieces are not', async () => {
  const { posts, tellPiece } = await sender([]);
  await told(
    Promise.all([
      tellPiece(false, false),
      tellPiece(true, false),
      tellPiece(true, true),
      tellPiece(false, true),
    ]).then(() => {}),
  );
  expect(posts).toHaveLength(1);
});

test('what lies between is told a bounded number of times, the end and questions always', async () => {
  const { posts, tell } = await sender([], '1.0', { maxNotificationsPerTask: 3 });
  for (let times = 0; times < 9; times++) await told(tell(working));
  expect(posts).toHaveLength(3);
  await told(tell(TaskState.TASK_STATE_INPUT_REQUIRED));
  await told(tell(working));
  await told(tell(completed));
  expect(posts).toHaveLength(5);
});

test('no more addresses are told than a task may have, however they came into the store', async () => {
  const { posts, tell } = await sender([], '1.0', { configs: 9, maxConfigsPerTask: 2 });
  await told(tell(completed));
  expect(posts).toHaveLength(2);
});

test.each([
  ['maxTries', { maxTries: 2 }, 2],
  ['no tries that are a number', { maxTries: Number.NaN }, 1],
])('tries are bounded by %s', async (_, options, times) => {
  const { posts, tell } = await sender([down, down, down, down], '1.0', options);
  await told(tell(completed));
  expect(posts).toHaveLength(times);
});

test('a stored address that is refused now is sent nothing', async () => {
  const judge = vi.fn(createAddressPolicy({ resolve: async () => ['10.0.0.1'] }));
  const { posts, tell } = await sender([], '1.0', { judge });
  await told(tell(completed));
  expect(posts).toEqual([]);
});

test('an address whose look-up fails for a moment is told of the end', async () => {
  const answers = [[], ['8.8.8.8']];
  const judge = createAddressPolicy({ resolve: async () => answers.shift() ?? [] });
  const { posts, tell } = await sender([], '1.0', { judge });
  await told(tell(completed));
  expect(posts).toHaveLength(1);
});
