import { expect, test } from 'vitest';
import { agentUrl, result, say, scriptedAgent } from './scripted-agent';

test('a task is canceled with the headers of every call', async () => {
  const { a2a, requests } = scriptedAgent(result(say.task('CANCELED').task), {
    headers: { authorization: 'Bearer mine' },
  });
  await a2a(agentUrl).cancelTask('t-1');
  expect(requests()).toMatchObject([{ rpc: 'CancelTask' }]);
  expect(JSON.parse(requests()[0]?.body ?? '').params.id).toBe('t-1');
  expect(requests()[0]?.headers.get('authorization')).toBe('Bearer mine');
});

test('a task is asked for, and canceled, with headers of its call', async () => {
  const { a2a, requests } = scriptedAgent(
    [result(say.task('WORKING').task), result(say.task('CANCELED').task)],
    { headers: { authorization: 'Bearer mine', 'x-of': 'provider' } },
  );
  const model = a2a(agentUrl);
  await model.task('t-1', { headers: { Authorization: 'Bearer of the call' } });
  await model.cancelTask('t-1', { headers: { authorization: 'Bearer of the call' } });
  expect(requests().map(({ headers, rpc }) => [rpc, headers.get('authorization')])).toEqual([
    ['GetTask', 'Bearer of the call'],
    ['CancelTask', 'Bearer of the call'],
  ]);
  expect(requests().map(({ headers }) => headers.get('x-of'))).toEqual(['provider', 'provider']);
});

test.each([
  ['refuses', scriptedAgent(() => Response.json({ detail: 'no' }, { status: 500 }))],
  ['has no card', scriptedAgent([], { card: {} })],
  [
    'cannot be written to',
    scriptedAgent([], {
      headers: () => {
        throw new Error('no token');
      },
    }),
  ],
])('an agent that %s is nobody’s error', async (_, { a2a }) => {
  await expect(a2a(agentUrl).cancelTask('t-1')).resolves.toBeUndefined();
});

const anotherTask = (state: string) =>
  result({ id: 't-9', contextId: 'c-9', status: { state: `TASK_STATE_${state}` } });

test('a canceled task is the one that was asked for, no other', async () => {
  const { a2a } = scriptedAgent([anotherTask('CANCELED'), result(say.task('COMPLETED').task)]);
  const model = a2a(agentUrl);
  expect(await model.cancelTask('t-1')).toBeUndefined();
  expect((await model.task('t-1')).finishReason.raw).toBe('completed');
});

test('the state of another task is not the state of the one that was asked for', async () => {
  const { a2a } = scriptedAgent(anotherTask('COMPLETED'));
  await expect(a2a(agentUrl).task('t-1')).rejects.toThrow(
    'responded to a query of task t-1 with another task',
  );
});
