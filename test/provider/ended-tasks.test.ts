import {
  generateText,
  streamText,
  wrapLanguageModel,
  type LanguageModel,
  type ModelMessage,
} from 'ai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createA2A, createSettlement, exchangeRail } from '../../src/index';
import { createSandbox } from '../../src/sandbox';
import type { Peer } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { artifact, result, say, scriptedAgent, type Call } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

beforeEach(() => {
  // The servers write there what they refuse.
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

const user = (content: string): ModelMessage => ({ role: 'user', content });

async function ask(
  model: LanguageModel,
  messages: ModelMessage[],
  { stream, taskId }: { stream: boolean; taskId?: string },
) {
  const options = {
    model,
    messages,
    maxRetries: 0,
    ...(taskId !== undefined && { providerOptions: { a2a: { taskId } } }),
  };
  if (!stream) {
    const { providerMetadata, response, text, warnings } = await generateText(options);
    return { metadata: providerMetadata, messages: response.messages, text, warnings };
  }
  const errors: unknown[] = [];
  const answer = streamText({ ...options, onError: ({ error }) => void errors.push(error) });
  await answer.consumeStream();
  if (errors.length > 0) throw errors[0];
  return {
    metadata: await answer.providerMetadata,
    messages: (await answer.response).messages,
    text: await answer.text,
    warnings: (await answer.warnings) ?? [],
  };
}

const begun = (taskId: unknown) => [
  {
    type: 'other',
    message: `Task ${String(taskId)} has ended, so the message started a new task.`,
  },
];

describe.each([
  { name: 'SDK 1.x, JSON-RPC', start: () => startSdk1Peer() },
  { name: 'SDK 1.x, HTTP+JSON', start: () => startSdk1Peer({ binding: 'HTTP+JSON' }) },
  { name: 'SDK 0.3, JSON-RPC', start: () => startSdk03Peer() },
  {
    name: 'SDK 0.3, HTTP+JSON',
    start: () => startSdk03Peer({ binding: 'HTTP+JSON' }),
    // A stream that it refuses ends in an error of its own making, which may stand for anything.
    streams: [false],
  },
])('a question whose task has ended, with $name', ({ start, streams = [false, true] }) => {
  let peer: Peer;
  beforeAll(async () => {
    peer = await start();
  });
  afterAll(() => peer.close());
  beforeEach(() => {
    peer.seen.length = 0;
  });

  const sent = () =>
    peer.messages().map(({ body }) => {
      const json = JSON.parse(body);
      const { contextId, taskId } = (json.params ?? json).message ?? json.request;
      return { contextId, taskId: taskId || undefined };
    });

  describe.each(streams)('stream: %j', (stream) => {
    test('an answer that is asked for again begins a new task in the same context', async () => {
      const model = createA2A()(peer.url);
      const question = await ask(model, [user('input-required')], { stream });
      const asked = [user('input-required'), ...question.messages, user('completes')];
      expect(await ask(model, asked, { stream })).toMatchObject({
        text: 'You said completes.',
        warnings: [],
      });
      peer.seen.length = 0;

      const { contextId, taskId } = question.metadata?.['a2a'] ?? {};
      for (let times = 0; times < 2; times++) {
        const again = await ask(model, asked, { stream });
        expect(again).toMatchObject({ text: 'Hello, wörld 🌍!', warnings: begun(taskId) });
        expect(again.metadata?.['a2a']).toMatchObject({ contextId, state: 'completed' });
        expect(again.metadata?.['a2a']?.['taskId']).not.toBe(taskId);
      }
      expect(sent()).toEqual([
        { contextId, taskId },
        { contextId, taskId: undefined },
        { contextId, taskId },
        { contextId, taskId: undefined },
      ]);
    });

    test('a new task that asks back is the one that goes on', async () => {
      const model = createA2A()(peer.url);
      const question = await ask(model, [user('input-required')], { stream });
      const asked = [user('input-required'), ...question.messages, user('input-required')];
      await ask(model, asked, { stream });
      const second = await ask(model, asked, { stream });
      expect(second.text).toBe('Which city?');
      const answered = [...asked, ...second.messages, user('Paris')];
      peer.seen.length = 0;
      expect(await ask(model, answered, { stream })).toMatchObject({
        text: 'You said Paris.',
        warnings: [],
      });
      expect(sent()).toMatchObject([{ taskId: second.metadata?.['a2a']?.['taskId'] }]);
    });

    test('a task that the call itself names is an error that says so', async () => {
      const model = createA2A()(peer.url);
      const done = await ask(model, [user('completes')], { stream });
      const taskId = String(done.metadata?.['a2a']?.['taskId']);
      peer.seen.length = 0;
      const error: unknown = await ask(model, [user('Go on')], { stream, taskId }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({
        name: 'AI_A2AProtocolError',
        isRetryable: false,
        taskId,
        message: expect.stringContaining(
          `Task ${taskId} of agent "${peer.url}" has ended and accepts no messages.`,
        ),
      });
      expect(String(error)).not.toContain('streaming');
      expect(sent()).toHaveLength(1);
    });
  });
});

describe('an agent that refuses a message for its task', () => {
  const refuses =
    (code: number, message: string) =>
    ({ id }: Call) =>
      Response.json({ jsonrpc: '2.0', id, error: { code, message } });
  const over = 'Task t-1 is in a terminal state (3) and cannot be modified.';
  const half = { artifacts: [artifact('a', 'Half')] };
  const question = say.task('INPUT_REQUIRED', { said: 'Which?', ...half });
  const ended = (more: object = {}) => result(say.task('COMPLETED', { ...half, ...more }).task);

  /** What the agent is asked after its question was answered, and what comes of it. */
  async function secondTurn(
    stream: boolean,
    refusal: (call: Call) => Response,
    asked: (call: Call) => Response,
    generateId: () => string = () => crypto.randomUUID(),
  ) {
    let hasAsked = false;
    const fresh = { ...say.task('COMPLETED', half).task, id: 't-2' };
    const { model, requests } = scriptedAgent(
      (call) => {
        if (!call.rpc.startsWith('Send')) {
          return call.rpc === 'GetTask' ? asked(call) : refuses(-32004, over)(call);
        }
        if (!hasAsked) {
          hasAsked = true;
          return result(question)(call);
        }
        return call.message['taskId'] === 't-1' ? refusal(call) : result({ task: fresh })(call);
      },
      { generateId },
    );
    const first = await ask(model, [user('One')], { stream: false });
    const messages = [user('One'), ...first.messages, user('Two')];
    const outcome = await ask(model, messages, { stream }).catch((error: unknown) => error);
    const rpcs = requests()
      .slice(1)
      .map(({ rpc }) => rpc);
    return { outcome, rpcs };
  }

  describe.each([{ stream: false }, { stream: true }])('stream: $stream', ({ stream }) => {
    const send = stream ? 'SendStreamingMessage' : 'SendMessage';

    test.each([
      [-32004, over],
      [-32600, 'Invalid.'],
      [-32602, 'Task t-1 is in terminal state: completed'],
    ])(
      'with %i, and shows it ended, gets it anew, and all of the answer is shown',
      async (...said) => {
        const { outcome, rpcs } = await secondTurn(stream, refuses(...said), ended());
        expect(outcome).toMatchObject({ text: 'Half', warnings: begun('t-1') });
        expect(outcome).toMatchObject({ metadata: { a2a: { taskId: 't-2' } } });
        expect(rpcs).toEqual([send, 'GetTask', send]);
      },
    );

    test.each<[string, (call: Call) => Response, (call: Call) => Response]>([
      ['that still waits', refuses(-32602, over), result(question.task)],
      ['that it does not know', refuses(-32602, over), refuses(-32001, 'Unknown.')],
      [
        'that it cannot be asked for',
        refuses(-32600, over),
        () => new Response('', { status: 500 }),
      ],
      [
        'that holds the message',
        refuses(-32602, over),
        ended({ history: [{ messageId: 'm-3', role: 'ROLE_USER', parts: [{ text: 'Two' }] }] }),
      ],
    ])('%s gets nothing anew', async (_, refusal, asked) => {
      let ids = 0;
      const { outcome, rpcs } = await secondTurn(stream, refusal, asked, () => `m-${++ids}`);
      expect(outcome).toMatchObject({ name: 'AI_A2AProtocolError', isRetryable: false });
      expect(rpcs).toEqual([send, 'GetTask']);
    });

    test('with an error of its own is not even asked', async () => {
      const { outcome, rpcs } = await secondTurn(stream, refuses(-32603, over), ended());
      expect(outcome).toMatchObject({ name: 'AI_A2AProtocolError', code: -32603 });
      expect(rpcs).toEqual([send]);
    });
  });

  test('may have begun to work where it refuses no more than the stream', async () => {
    const { outcome, rpcs } = await secondTurn(true, refuses(-32004, 'Not now.'), ended());
    expect(outcome).toMatchObject({ name: 'AI_A2AProtocolError', code: -32004 });
    expect(String(outcome)).toContain('Task t-1 has ended. The message was not sent again.');
    expect(String(outcome)).not.toContain('streaming: false');
    expect(rpcs).toEqual(['SendStreamingMessage', 'SubscribeToTask', 'GetTask']);
  });
});

test.each([{ stream: false }, { stream: true }])(
  'what is asked for again is paid as the new task that it is (stream: $stream)',
  async ({ stream }) => {
    const sandbox = createSandbox();
    const { exchangeUrl, fetch, payer } = sandbox;
    const { middleware } = createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
    });
    const { url } = sandbox.agents.asker;
    const model = wrapLanguageModel({ model: createA2A({ fetch })(url), middleware });
    const first = await ask(model, [user('A table')], { stream });
    const asked = [user('A table'), ...first.messages, user('Two')];
    const done = await ask(model, asked, { stream });
    expect(done.metadata?.['settlement']).toMatchObject({ status: 'released', amount: 15 });

    const again = await ask(model, asked, { stream });
    expect(again.text).toBe('For how many guests?');
    expect(again.metadata?.['settlement']).toMatchObject({ status: 'kept' });
    const answered = [...asked, ...again.messages, user('Three')];
    const last = await ask(model, answered, { stream });
    expect(last.text).toContain('Guests: Three.');
    expect(last.metadata?.['settlement']).toMatchObject({ status: 'released', amount: 15 });
    expect(last.metadata?.['a2a']?.['taskId']).toBe(again.metadata?.['a2a']?.['taskId']);

    const states = sandbox.ledger().escrows.map(({ status }) => status);
    expect(states).toEqual(['released', 'released']);
    await sandbox.close();
  },
);
