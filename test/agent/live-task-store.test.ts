import { InMemoryTaskStore, ServerCallContext, UnauthenticatedUser } from '@a2a-js/sdk/server';
import { type Part, Task, TaskState } from '@a2a-js/sdk';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { liveTaskStore } from '../../src/agent/live-task-store';
import {
  createAgentExecutor,
  createAgentCard,
  createAgentHandler,
  type TaskStore,
} from '../../src/agent';

const url = 'https://agent.test/';
const { TASK_STATE_CANCELED: canceled, TASK_STATE_COMPLETED: completed } = TaskState;

describe('the store of tasks of which pieces arrive', () => {
  test('writes when the state changes, and in between once a second', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { context, inner, partsIn, store } = setUp();
    await store.save(taskOf(1), context);
    expect(vi.getTimerCount()).toBe(0);
    for (let parts = 2; parts <= 9; parts++) await store.save(taskOf(parts), context);
    expect(inner.save).toHaveBeenCalledTimes(1);
    expect(await partsIn(inner)).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await partsIn(inner)).toBe(9);
    await store.save(taskOf(10), context);
    await store.save(taskOf(11, completed), context);
    expect(await partsIn(inner)).toBe(11);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each(['GetTask', 'ListTasks'])('shows all that there is to %s', async (what) => {
    const { context, partsIn, store } = setUp();
    await store.save(taskOf(1), context);
    await store.save(taskOf(2), context);
    if (what === 'GetTask') expect(await partsIn(store)).toBe(2);
    else {
      const params = { includeArtifacts: true, tenant: '', contextId: '', pageToken: '' };
      const { tasks } = await store.list({ ...params, status: 0 } as never, contextOf());
      expect(tasks[0]?.artifacts[0]?.parts).toHaveLength(2);
    }
  });

  test('goes on where another request has read', async () => {
    const { context, partsIn, store } = setUp();
    await store.save(taskOf(1), context);
    await store.save(taskOf(2), context);
    expect(await partsIn(store)).toBe(2);
    await store.save(taskOf(3), context);
    expect(await partsIn(store)).toBe(3);
  });

  test('leaves alone what another machine has ended', async () => {
    const { context, inner, store } = setUp();
    await store.save(taskOf(1), context);
    await store.save(taskOf(2), context);
    await inner.save(taskOf(1, canceled), contextOf());
    const done = taskOf(3, completed);
    await store.save(done, context);
    expect((await inner.load('t', context))?.status?.state).toBe(canceled);
    expect(done.status?.state).toBe(canceled);
  });

  test('tries again when its store was away', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { context, inner, partsIn, store } = setUp();
    await store.save(taskOf(1), context);
    await store.save(taskOf(2), context);
    inner.save.mockRejectedValueOnce(new Error('away'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await partsIn(inner)).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await partsIn(inner)).toBe(2);
  });

  test('puts many texts in a row together, and nothing else', async () => {
    const { context, store } = setUp();
    const parts: unknown[] = Array.from({ length: 40 }, (_, index) => ({ text: `${index} ` }));
    await store.save(taskOf(1), context);
    await store.save(taskWith([...parts, { data: { a: 1 } }]), context);
    expect((await store.load('t', context))?.artifacts[0]?.parts).toHaveLength(41);
    await store.save(taskWith([{ data: { a: 1 } }, ...parts]), context);
    const joined = (await store.load('t', context))?.artifacts[0]?.parts ?? [];
    expect(joined.map(({ content }) => content?.value)).toEqual([
      { a: 1 },
      parts.map((_, index) => `${index} `).join(''),
    ]);
  });
});

describe.each(['SendStreamingMessage', 'SendMessage'])('%s of many pieces', (method) => {
  test('copies the task a few times, not for each piece', async () => {
    const memory = new InMemoryTaskStore();
    const taskStore: TaskStore = {
      load: vi.fn(memory.load.bind(memory)),
      save: vi.fn(memory.save.bind(memory)),
      list: memory.list.bind(memory),
    };
    const text = await sayWords(2000, { method, taskStore });
    expect(text).toContain('word 1999');
    const calls = [taskStore.load, taskStore.save].map((each) => vi.mocked(each).mock.calls.length);
    // One a second, and the changes of state.
    expect(Math.max(...calls)).toBeLessThan(200);
    const [id = ''] = /(?<="(?:id|taskId)":")[0-9a-f-]{36}/.exec(text) ?? [];
    const stored = await memory.load(id, contextOf());
    expect(textsOf(stored?.artifacts[0]?.parts)).toBe(words(2000));
  });
});

async function sayWords(
  count: number,
  { method, taskStore }: { method: string; taskStore: TaskStore },
) {
  const executor = createAgentExecutor({
    run: () => ({
      stream: (async function* () {
        yield { type: 'text-start', id: '1' } as const;
        for (let word = 0; word < count; word++) {
          yield { type: 'text-delta', id: '1', text: `word ${word} ` } as const;
        }
      })(),
    }),
  });
  const card = createAgentCard({ url, name: 'a', description: 'b', skills: [] });
  const message = { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'Go' }] };
  const response = await createAgentHandler({ card, executor, taskStore })(
    new Request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'a2a-version': '1.0' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { message } }),
    }),
  );
  return response.text();
}

function setUp() {
  const memory = new InMemoryTaskStore();
  const inner = {
    load: vi.fn(memory.load.bind(memory)),
    save: vi.fn(memory.save.bind(memory)),
    list: memory.list.bind(memory),
  };
  const partsIn = async (store: TaskStore) =>
    (await store.load('t', contextOf()))?.artifacts[0]?.parts.length;
  return { context: contextOf(), inner, partsIn, store: liveTaskStore(inner) };
}

/** Each request has one of its own. */
function contextOf(): ServerCallContext {
  return new ServerCallContext({ user: new UnauthenticatedUser() });
}

function taskOf(parts: number, state = TaskState.TASK_STATE_WORKING): Task {
  return taskWith(
    Array.from({ length: parts }, (_, index) => ({ text: `${index} ` })),
    state,
  );
}

function taskWith(parts: unknown[], state = TaskState.TASK_STATE_WORKING): Task {
  return {
    ...Task.fromJSON({ id: 't', contextId: 'c', artifacts: [{ artifactId: 'a', parts }] }),
    status: { state, message: undefined, timestamp: undefined },
  };
}

function textsOf(parts: Part[] = []): string {
  return parts.map(({ content }) => (content?.$case === 'text' ? content.value : '?')).join('');
}

function words(count: number): string {
  return Array.from({ length: count }, (_, word) => `word ${word} `).join('');
}
