import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveTckAgent } from './serve-tck-agent';
import { all, bindings, TckClient } from './tck-client';
import type { StreamEvent } from './tck-shapes';

let served: Awaited<ReturnType<typeof serveTckAgent>>;
beforeAll(async () => {
  served = await serveTckAgent();
});
afterAll(() => served.close());

const working = 'TASK_STATE_WORKING';
const completed = 'TASK_STATE_COMPLETED';

/** What an event says, in a word. */
function said(event: StreamEvent | undefined): string {
  if (event === undefined) return 'nothing';
  if ('task' in event) return `task ${event.task.status.state}`;
  if ('message' in event) return JSON.stringify(event.message.parts);
  if ('statusUpdate' in event) return event.statusUpdate.status.state;
  const { append = false, artifact, lastChunk = false } = event.artifactUpdate;
  const parts = artifact.parts.map((part) => ('text' in part ? part.text : 'file')).join('+');
  return `${append ? 'append ' : ''}${parts}${lastChunk ? ' last' : ''}`;
}

describe.each(bindings)('over %s', (binding) => {
  const agent = () => new TckClient(served.url, binding);

  test.each([
    ['CORE-STREAM-001', 'tck-stream-001', ['Stream hello from TCK last']],
    ['CORE-STREAM-003', 'tck-stream-003', ['Stream task lifecycle last']],
    ['STREAM-ORDER-001', 'tck-stream-ordering-001', ['Ordered output last']],
    ['DM-ART-001', 'tck-stream-artifact-text', ['Streamed text content last']],
    ['DM-ART-001', 'tck-stream-artifact-file', ['file last']],
    ['STREAM-ORDER-001', 'tck-stream-artifact-chunked', ['chunk-1 ', 'append chunk-2 last']],
  ])('%s %s: the task, its events in order, its end', async (_, scenario, pieces) => {
    const events = await all(agent().sendStreaming(scenario));
    expect(events.map(said)).toEqual(['task TASK_STATE_SUBMITTED', working, ...pieces, completed]);
    const ids = events.map((event) => JSON.stringify(Object.values(event)));
    const [first] = events;
    const { contextId = '', id = '' } = first !== undefined && 'task' in first ? first.task : {};
    for (const event of ids) expect(event).toContain(contextId);
    for (const event of ids) expect(event).toContain(id);
  });

  test('CORE-STREAM-002 a message is the whole stream', async () => {
    expect((await all(agent().sendStreaming('tck-message-response'))).map(said)).toEqual([
      '[{"text":"Direct message response","mediaType":"text/plain"}]',
    ]);
  });

  test('CORE-STREAM-003 a question ends the stream', async () => {
    const events = await all(agent().sendStreaming('tck-input-required'));
    expect(said(events.at(-1))).toBe('TASK_STATE_INPUT_REQUIRED');
  });

  /** A task that is worked on, as who follows it sees it. */
  async function taskUnderWay() {
    const stream = agent().sendStreaming('test-resubscribe-message-id');
    const first = (await stream.next()).value;
    const id = first !== undefined && 'task' in first ? first.task.id : '';
    expect(said((await stream.next()).value ?? undefined)).toBe(working);
    return { id, stream };
  }

  test('STREAM-SUB-001 STREAM-SUB-002 who follows a task gets the task, then what happens', async () => {
    const { id, stream } = await taskUnderWay();
    const followed = agent().stream('SubscribeToTask', { id });
    expect(said((await followed.next()).value ?? undefined)).toBe(`task ${working}`);
    served.release();
    expect((await all(followed)).map(said)).toEqual([completed]);
    expect((await all(stream)).map(said)).toEqual([completed]);
  });

  test('STREAM-ORDER-002 STREAM-ORDER-003 STREAM-ORDER-004 all who follow see the same, whoever leaves', async () => {
    const { id, stream } = await taskUnderWay();
    const followers = [0, 1, 2].map(() => agent().stream('SubscribeToTask', { id }));
    const firsts = await Promise.all(followers.map((events) => events.next()));
    expect(new Set(firsts.map(({ value }) => JSON.stringify(value))).size).toBe(1);
    const [leaving, ...staying] = followers;
    await leaving?.return();
    await stream.return();
    served.release();
    const [one, other] = await Promise.all(staying.map(all));
    expect(one?.map(said)).toEqual([completed]);
    expect(other).toEqual(one);
  });

  test('CORE-CANCEL-001 a canceled task ends its streams', async () => {
    const { id, stream } = await taskUnderWay();
    await agent().call('CancelTask', { id });
    expect((await all(stream)).map(said)).toEqual(['TASK_STATE_CANCELED']);
    served.release();
    expect(await agent().call('GetTask', { id })).toMatchObject({
      status: { state: 'TASK_STATE_CANCELED' },
    });
  });

  test('STREAM-SUB-003 STREAM-SUB-004 no task that is over, or unknown, is followed', async () => {
    const { id } = await agent().send('tck-complete-task');
    await agent().expectFailure('UNSUPPORTED_OPERATION', 'SubscribeToTask', { id });
    const unknown = { id: crypto.randomUUID() };
    await agent().expectFailure('TASK_NOT_FOUND', 'SubscribeToTask', unknown);
  });
});
