import { TaskState } from '@a2a-js/sdk';
import {
  AgentEvent,
  DefaultRequestHandler,
  InMemoryTaskStore,
  type AgentExecutor,
} from '@a2a-js/sdk/server';
import { agentCardHandler, jsonRpcHandler, UserBuilder } from '@a2a-js/sdk/server/express';
import { generateText, streamText, type ModelMessage } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { A2AProtocolError } from '../../src/provider/client/a2a-error';
import { startPeerServer, type Peer } from '../peers/peer';
import { agentCard, artifact, result, results, say, scriptedAgent } from './scripted-agent';

let peer: Peer | undefined;
beforeEach(() => {
  // The server writes there what it refuses.
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await peer?.close();
});

class WatchedStore extends InMemoryTaskStore {
  loads = 0;

  override load(...asked: Parameters<InMemoryTaskStore['load']>) {
    this.loads++;
    return super.load(...asked);
  }
}

/**
 * A server of the A2A SDK 1.x whose executor asks back, and begins the turn after that with a status:
 * the server refuses such a stream when the executor works already.
 */
async function startServer(work: 'waits to be listened to' | 'is done at once') {
  let runs = 0;
  const store = new WatchedStore();
  const server = await startPeerServer({}, (app, context) => {
    const card = {
      name: 'Status first',
      description: '',
      version: '1',
      supportedInterfaces: [
        { url: context.url, protocolBinding: 'JSONRPC', protocolVersion: '1.0', tenant: '' },
      ],
      provider: undefined,
      capabilities: { streaming: true, extensions: [] },
      securitySchemes: {},
      securityRequirements: [],
      defaultInputModes: ['text/plain'],
      defaultOutputModes: ['text/plain'],
      skills: [],
      signatures: [],
    };
    const executor: AgentExecutor = {
      async execute({ taskId, contextId, userMessage, task }, bus) {
        const ids = { taskId, contextId };
        const status = (state: TaskState) => ({
          state,
          timestamp: new Date().toISOString(),
          message: undefined,
        });
        if (task === undefined) {
          bus.publish(
            AgentEvent.task({
              id: taskId,
              contextId,
              status: status(TaskState.TASK_STATE_INPUT_REQUIRED),
              artifacts: [],
              history: [userMessage],
              metadata: undefined,
            }),
          );
          bus.finished();
          return;
        }
        runs++;
        const { loads } = store;
        const tell = (state: TaskState) =>
          bus.publish(
            AgentEvent.statusUpdate({ ...ids, status: status(state), metadata: undefined }),
          );
        tell(TaskState.TASK_STATE_WORKING);
        if (work === 'waits to be listened to') {
          // The server listens before it looks the task up.
          await vi.waitFor(() => expect(store.loads).toBeGreaterThan(loads), 20_000);
        }
        bus.publish(
          AgentEvent.artifactUpdate({
            ...ids,
            artifact: {
              artifactId: 'a-1',
              name: '',
              description: '',
              parts: [
                {
                  content: { $case: 'text', value: 'Sunny in Oslo.' },
                  mediaType: '',
                  filename: '',
                  metadata: undefined,
                },
              ],
              metadata: undefined,
              extensions: [],
            },
            append: false,
            lastChunk: true,
            metadata: undefined,
          }),
        );
        tell(TaskState.TASK_STATE_COMPLETED);
        bus.finished();
      },
      async cancelTask() {},
    };
    const requestHandler = new DefaultRequestHandler(card, store, executor);
    app.use(
      '/.well-known/agent-card.json',
      agentCardHandler({ agentCardProvider: requestHandler, legacyCompat: { enabled: true } }),
    );
    app.use('/', jsonRpcHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication }));
  });
  peer = server;
  return {
    url: server.url,
    runs: () => runs,
    sent: () =>
      server.seen.map(({ body }) => /"method":"(\w+)"/.exec(body)?.[1]).filter((name) => name),
  };
}

async function twoTurns(model: ReturnType<ReturnType<typeof createA2A>>) {
  const { response } = await generateText({ model, prompt: 'The weather?' });
  const messages: ModelMessage[] = [
    { role: 'user', content: 'The weather?' },
    ...response.messages,
    { role: 'user', content: 'Oslo' },
  ];
  const errors: unknown[] = [];
  const answer = streamText({
    model,
    messages,
    maxRetries: 0,
    onError: ({ error }) => void errors.push(error),
  });
  await answer.consumeStream();
  return { error: errors[0], text: errors.length > 0 ? '' : await answer.text };
}

describe('a stream that continues a task, refused when the work has begun', () => {
  test('is listened to again: the work is done once', async () => {
    const { runs, sent, url } = await startServer('waits to be listened to');
    const { error, text } = await twoTurns(createA2A()(url));
    expect(error).toBeUndefined();
    expect(text).toBe('Sunny in Oslo.');
    expect(runs()).toBe(1);
    expect(sent()).toEqual(['SendMessage', 'SendStreamingMessage', 'SubscribeToTask']);
  });

  test('is an error when what was said cannot be had any more, and is not asked for again', async () => {
    const { runs, sent, url } = await startServer('is done at once');
    const model = createA2A()(url);
    const { error } = await twoTurns(model);
    expect(error).toSatisfy(A2AProtocolError.isInstance);
    expect(error).toMatchObject({
      code: -32004,
      isRetryable: false,
      message: expect.stringMatching(/was not sent again\. Set `streaming: false`/),
    });
    expect(runs()).toBe(1);
    expect(sent().slice(0, 2)).toEqual(['SendMessage', 'SendStreamingMessage']);

    // What the agent refuses is known then.
    expect((await twoTurns(model)).text).toBe('Sunny in Oslo.');
    expect(runs()).toBe(2);
    expect(sent().slice(-2)).toEqual(['SendMessage', 'SendMessage']);
  });
});

const refusal = ({ id }: { id: unknown }) =>
  Response.json({ jsonrpc: '2.0', id, error: { code: -32004, message: 'Not supported.' } });
const asked = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }];
const continued = { prompt: asked, providerOptions: { a2a: { taskId: 't-1' } } };

describe('a refused stream', () => {
  test.each(['completed with another answer', 'waiting as before', 'unknown'])(
    'of a task that is %s answers nothing, and is not sent again',
    async (how) => {
      const old = [{ messageId: 'm-0', role: 'ROLE_AGENT', parts: [{ text: 'Old.' }] }];
      const task = how === 'waiting as before' ? 'INPUT_REQUIRED' : 'COMPLETED';
      const { model, requests } = scriptedAgent((call) =>
        call.rpc === 'GetTask' && how !== 'unknown'
          ? result(say.task(task, { history: old }).task)(call)
          : refusal(call),
      );
      await expect(model.doStream(continued)).rejects.toSatisfy(
        (error) => A2AProtocolError.isInstance(error) && error.code === -32004,
      );
      expect(requests().map(({ rpc }) => rpc)).toEqual([
        'SendStreamingMessage',
        'SubscribeToTask',
        'GetTask',
      ]);
    },
  );

  test('that is listened to again too late, behind the start of its text, is an error', async () => {
    const { model } = scriptedAgent((call) =>
      call.rpc === 'SubscribeToTask'
        ? results(say.artifact('a', ' half', true), say.status('COMPLETED'))(call)
        : refusal(call),
    );
    const { stream } = await model.doStream(continued).catch((error: unknown) => ({
      stream: [{ type: 'error', error }],
    }));
    const seen: unknown[] = [];
    for await (const part of stream) {
      if (part.type === 'text-delta' || part.type === 'error') seen.push(part);
    }
    const message = expect.stringContaining('was not sent again');
    expect(seen).toMatchObject([{ type: 'error', error: { code: -32004, message } }]);
  });

  test('that is listened to again is answered by events of its task only', async () => {
    let messageId: unknown;
    const stranger = say.status('COMPLETED', 'Strange').statusUpdate;
    const { model } = scriptedAgent((call) => {
      if (call.rpc === 'SendStreamingMessage') {
        messageId = call.message['messageId'];
        return refusal(call);
      }
      if (call.rpc === 'SubscribeToTask') return results({ ...stranger, taskId: 't-9' })(call);
      const history = [{ messageId, role: 'ROLE_USER', parts: [{ text: 'Hi' }] }];
      const artifacts = [artifact('a', 'Mine')];
      return result(say.task('COMPLETED', { artifacts, history }).task)(call);
    });
    const { stream } = await model.doStream(continued);
    const seen: unknown[] = [];
    for await (const part of stream) if (part.type === 'text-delta') seen.push(part.delta);
    expect(seen).toEqual(['Mine']);
  });

  test('of a first message is sent as a blocking one: that agent does not stream', async () => {
    const { model, requests } = scriptedAgent([refusal, result(say.message('Hello'))], {
      card: agentCard(),
    });
    const { stream } = await model.doStream({ prompt: asked });
    await stream.pipeTo(new WritableStream());
    expect(requests().map(({ rpc }) => rpc)).toEqual(['SendStreamingMessage', 'SendMessage']);
  });
});
