import { Task } from '@a2a-js/sdk';
import { InMemoryTaskStore, ServerCallContext, type TaskStore } from '@a2a-js/sdk/server';
import { createStorage } from 'unstorage';
import { expect, test } from 'vitest';
import { storedTaskStore } from '../../src/agent';

const task = (id: string, status = 'TASK_STATE_WORKING') =>
  Task.fromJSON({
    id,
    contextId: 'c',
    status: { state: status, timestamp: `2026-01-01T00:00:0${id.length}.000Z` },
    artifacts: [{ artifactId: 'a', parts: [{ text: 'Hi', mediaType: 'text/plain' }] }],
    history: [{ messageId: 'm', role: 'ROLE_USER', parts: [{ data: { a: 1 } }] }],
  });

const as = (userName: string) =>
  new ServerCallContext({ user: { isAuthenticated: true, userName } });

const all = {
  tenant: '',
  contextId: '',
  status: 0,
  pageToken: '',
  includeArtifacts: true,
  statusTimestampAfter: undefined,
};

/** What a store is asked for, and answers. */
async function ask(store: TaskStore) {
  for (const id of ['x', 'yy', 'zzz']) await store.save(task(id), as('ann'));
  await store.save(task('x', 'TASK_STATE_COMPLETED'), as('ann'));
  await store.save(task('b/c?d'), as('bob'));
  return {
    own: await store.load('x', as('ann')),
    odd: (await store.load('b/c?d', as('bob')))?.id,
    foreign: await store.load('x', as('bob')),
    none: await store.load('nothing', as('ann')),
    nobodys: await store.list(all, as('')),
    list: await store.list(all, as('ann')),
    page: await store.list({ ...all, pageSize: 2 }, as('ann')),
  };
}

test('answers as the store in memory does, from storage that others share', async () => {
  const storage = createStorage();
  const answers = await ask(storedTaskStore(storage));
  expect(answers).toEqual(await ask(new InMemoryTaskStore()));
  expect(answers.foreign).toBeUndefined();
  expect(answers.nobodys.tasks).toEqual([]);
  expect(answers.list.tasks).toHaveLength(3);
  expect(await storedTaskStore(storage).load('x', as('ann'))).toEqual(answers.own);
});

test('keeps bytes', async () => {
  const store = storedTaskStore(createStorage());
  const parts = [{ raw: 'aGk=', mediaType: 'image/png', filename: 'hi.png' }];
  const bytes = Task.fromJSON({ id: 'x', artifacts: [{ artifactId: 'a', parts }] });
  await store.save(bytes, as('ann'));
  const [part] = (await store.load('x', as('ann')))?.artifacts[0]?.parts ?? [];
  const content = part?.content?.$case === 'raw' ? part.content.value : [];
  expect(new TextDecoder().decode(Uint8Array.from(content))).toBe('hi');
});
