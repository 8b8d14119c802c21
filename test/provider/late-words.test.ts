import { generateText, streamText } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DefaultRequestHandler, InMemoryTaskStore } from 'a2a-js-sdk-0.3/server';
import { agentCardHandler, jsonRpcHandler, UserBuilder } from 'a2a-js-sdk-0.3/server/express';
import { createA2A } from '../../src/provider/a2a-provider';
import { A2ATaskError } from '../../src/provider/client/a2a-error';
import { startPeerServer, type Peer } from '../peers/peer';
import { blankCall, openSse, result, results, say, scriptedAgent } from './scripted-agent';

let peer: Peer | undefined;
beforeEach(() => {
  // The server writes there what its executor threw.
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await peer?.close();
});

async function streamed(model: Parameters<typeof streamText>[0]['model']) {
  const errors: unknown[] = [];
  const answer = streamText({
    model,
    prompt: 'Hi',
    maxRetries: 0,
    onError: ({ error }) => void errors.push(error),
  });
  await answer.consumeStream();
  return { error: errors[0], text: errors.length > 0 ? '' : await answer.text };
}

test('a server of the SDK 0.3 whose executor throws after its first event ends the call', async () => {
  peer = await startPeerServer({}, (app, { url }) => {
    const card = {
      name: 'Throws',
      description: '',
      version: '1',
      protocolVersion: '0.3.0',
      url,
      capabilities: { streaming: true },
      defaultInputModes: [],
      defaultOutputModes: [],
      skills: [],
    };
    const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), {
      async execute({ taskId, contextId, userMessage }, bus) {
        const status = { state: 'working' as const };
        bus.publish({ kind: 'task', id: taskId, contextId, status, history: [userMessage] });
        throw new Error('no model');
      },
      async cancelTask() {},
    });
    app.use(
      '/.well-known/agent-card.json',
      agentCardHandler({ agentCardProvider: requestHandler }),
    );
    app.use('/', jsonRpcHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication }));
  });
  const { error } = await streamed(createA2A()(peer.url));
  expect(error).toSatisfy(A2ATaskError.isInstance);
  expect(error).toMatchObject({ state: 'failed', message: 'Agent execution error: no model' });
  expect(peer.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
});

describe('a failure under an unknown task id', () => {
  const foreign = (more: object) => ({
    statusUpdate: { ...say.status('FAILED', 'Not mine.').statusUpdate, taskId: 't-9', ...more },
  });
  const answered = result(say.task('COMPLETED', { said: 'Mine.' }).task);

  test.each([
    ['of another conversation', [say.task('WORKING'), foreign({ contextId: 'c-9' })]],
    ['that is not the last word', [say.task('WORKING'), foreign({}), say.status('WORKING')]],
  ])('%s is nobody’s end', async (_, events) => {
    const { model } = scriptedAgent([results(...events), results(), answered]);
    expect(await streamed(model)).toEqual({ error: undefined, text: 'Mine.' });
  });
});

describe('a task that is completed before its artifact', () => {
  test('is read on to the end of the stream', async () => {
    const { model, requests } = scriptedAgent(
      results(
        say.status('COMPLETED'),
        say.artifact('a', 'Hello '),
        say.status('WORKING'),
        say.artifact('a', 'world', true),
      ),
    );
    expect(await streamed(model)).toEqual({ error: undefined, text: 'Hello world' });
    expect(requests()).toHaveLength(1);
  });

  test.each(['ends', 'stays open'])('is asked for once when the stream %s', async (how) => {
    const frame = { jsonrpc: '2.0', result: say.status('COMPLETED') };
    const { model, requests } = scriptedAgent([
      ({ id }) =>
        how === 'ends' ? results(frame.result)({ ...blankCall, id }) : openSse([{ ...frame, id }]),
      result(
        say.task('COMPLETED', { artifacts: [{ artifactId: 'a', parts: [{ text: 'Here.' }] }] })
          .task,
      ),
    ]);
    expect(await streamed(model)).toEqual({ error: undefined, text: 'Here.' });
    expect(requests().map(({ rpc }) => rpc)).toEqual(['SendStreamingMessage', 'GetTask']);
  });

  test('has said nothing when the agent cannot be asked', async () => {
    const { model } = scriptedAgent([
      results(say.status('COMPLETED')),
      () => Response.json({ detail: 'no' }, { status: 404 }),
    ]);
    expect(await streamed(model)).toEqual({ error: undefined, text: '' });
  });

  test('is not asked for when it was told whole', async () => {
    const { model, requests } = scriptedAgent(results(say.task('COMPLETED')));
    expect((await streamed(model)).text).toBe('');
    expect((await generateText({ model, prompt: 'Hi' })).text).toBe('');
    expect(requests()).toHaveLength(2);
  });
});
