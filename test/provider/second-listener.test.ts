import { generateText, streamText } from 'ai';
import { expect, test } from 'vitest';
import { card03, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const ids = { taskId: 't-1', contextId: 'c-1' };
const pieces = ['one ', 'two ', 'three'];

/**
 * The server of a2a-sdk 0.3.26 (Python), as recorded: who listens to a task again is told what is
 * new, without the task before it, and all that is stored under the task once more.
 */
function pythonServer({ answersQuestions = true } = {}) {
  const stored: string[] = [];
  let done = 0;
  let listeners = 1;
  const piece = (text: string, append: boolean) => ({
    kind: 'artifact-update',
    ...ids,
    append,
    artifact: { artifactId: 'a', parts: [{ kind: 'text', text }] },
  });
  const work = (): object => {
    const text = pieces[done++];
    if (text === undefined) {
      return { kind: 'status-update', ...ids, final: true, status: { state: 'completed' } };
    }
    for (let listener = 0; listener < listeners; listener++) stored.push(text);
    return piece(text, done > 1);
  };
  const task = () => ({
    kind: 'task',
    id: 't-1',
    contextId: 'c-1',
    status: { state: done > pieces.length ? 'completed' : 'working' },
    artifacts:
      stored.length === 0
        ? []
        : [{ artifactId: 'a', parts: stored.map((text) => ({ kind: 'text', text })) }],
  });
  return scriptedAgent(
    ({ id, rpc }) => {
      const answer = (result: object) => ({ jsonrpc: '2.0', id, result });
      const stream = (events: object[]) =>
        new Response(events.map((event) => `data: ${JSON.stringify(answer(event))}\n\n`).join(''), {
          headers: { 'content-type': 'text/event-stream' },
        });
      // Its line is cut after the first piece.
      if (rpc === 'message/stream') return stream([task(), work()]);
      if (rpc === 'message/send') return Response.json(answer(task()));
      if (rpc === 'tasks/resubscribe') {
        listeners = 2;
        return stream([work(), work(), work()]);
      }
      if (!answersQuestions) {
        return Response.json({ jsonrpc: '2.0', id, error: { code: -32601, message: 'No.' } });
      }
      const now = task();
      work();
      return Response.json(answer(now));
    },
    { card: card03() },
  );
}

test('a stream of 0.3 that was cut: the task is asked for, and its text comes once', async () => {
  const { model, requests } = pythonServer();
  expect(await streamText({ model, prompt: 'slow' }).text).toBe('one two three');
  expect(requests().map(({ rpc }) => rpc)).not.toContain('tasks/resubscribe');
});

test('a task of 0.3 that is resumed comes once', async () => {
  for (const mode of ['generate', 'stream'] as const) {
    const { model, requests } = pythonServer();
    const call = {
      model,
      prompt: 'ignored',
      providerOptions: { a2a: { resume: { taskId: 't-1' } } },
    };
    const text = mode === 'stream' ? await streamText(call).text : (await generateText(call)).text;
    expect(text).toBe('one two three');
    expect(requests().map(({ rpc }) => rpc)).not.toContain('tasks/resubscribe');
  }
});

test('an agent of 0.3 that cannot be asked is listened to', async () => {
  const { model, requests } = pythonServer({ answersQuestions: false });
  expect(await streamText({ model, prompt: 'slow' }).text).toBe('one two three');
  expect(requests().map(({ rpc }) => rpc)).toContain('tasks/resubscribe');
});
