import {
  type CallInterceptor,
  type Client,
  ClientFactory,
  ClientFactoryOptions,
} from '@a2a-js/sdk/client';
import { GrpcTransportFactory } from '@a2a-js/sdk/client/grpc';
import { generateText, streamText, wrapLanguageModel, type ModelMessage } from 'ai';
import { afterEach, describe, expect, test } from 'vitest';
import { createSettlement, exchangeRail } from '../../src/index';
import { A2AProtocolError, A2ATaskError } from '../../src/provider/client/a2a-error';
import { createA2A } from '../../src/provider/a2a-provider';
import { serveSandbox } from '../../src/sandbox/serve-sandbox';
import type { Binding } from '../peers/peer';
import { startSdk1GrpcPeer } from '../peers/sdk-1-grpc-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { failureOf } from './failure-of';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

type Extensions = { uri: string; params: Record<string, unknown> }[];

/** An agent, and the SDK's own client for it. */
interface Line {
  url: string;
  makeClient: () => Promise<Client>;
  /** The headers or the metadata of what was asked, beside cards. */
  asked: () => Record<string, unknown>[];
  canceled: string[];
  close: () => Promise<void>;
}

/** What applications use the SDK's client for: each request gets a header. */
const stamps: CallInterceptor = {
  async before(args) {
    const { serviceParameters } = args.options ?? {};
    args.options = {
      ...args.options,
      serviceParameters: { ...serviceParameters, 'x-stamp': args.input?.method ?? '' },
    };
  },
  async after() {},
};

const clientConfig = { interceptors: [stamps] };

const overHttp = (binding: Binding) => async (extensions: Extensions) => {
  const peer = await startSdk1Peer({ binding, extensions });
  const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, { clientConfig });
  return {
    url: peer.url,
    makeClient: () => new ClientFactory(options).createFromUrl(peer.url),
    asked: () => peer.seen.filter(({ path }) => !path.endsWith('.json')).map((one) => one.headers),
    canceled: peer.canceled,
    close: peer.close,
  };
};

const overGrpc = async (extensions: Extensions) => {
  const peer = await startSdk1GrpcPeer(extensions);
  const transports = [new GrpcTransportFactory()];
  return {
    url: peer.url,
    makeClient: () =>
      new ClientFactory({ transports, clientConfig }).createFromAgentCard(peer.card),
    asked: () => peer.seen,
    canceled: peer.canceled,
    close: peer.close,
  };
};

const everyTask = {
  tenant: '',
  contextId: '',
  status: 0,
  pageSize: 10,
  pageToken: '',
  statusTimestampAfter: undefined,
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe.each<[string, (extensions: Extensions) => Promise<Line>]>([
  ['JSON-RPC', overHttp('JSONRPC')],
  ['HTTP+JSON', overHttp('HTTP+JSON')],
  ['gRPC', overGrpc],
])("the A2A SDK's client over %s", (_, start) => {
  async function open(extensions: Extensions = []) {
    const line = await start(extensions);
    closing.push(line.close);
    let made = 0;
    const a2a = createA2A({
      agents: {
        peer: {
          url: line.url,
          headers: { 'x-tenant': 'acme' },
          client: () => {
            made++;
            return line.makeClient();
          },
        },
      },
      polling: { intervalMs: 5 },
      // All goes by the client, the card too.
      fetch: () => Promise.reject(new Error('not by this way')),
    });
    return { ...line, a2a, model: a2a('peer'), made: () => made };
  }

  test('generates and streams, through its interceptors', async () => {
    const { asked, made, model } = await open();
    const whole = await generateText({ model, prompt: 'completes' });
    expect(whole.text).toBe('Hello, wörld 🌍!');
    expect(whole.finishReason).toBe('stop');
    const streamed = streamText({ model, prompt: 'completes' });
    expect(await streamed.text).toBe('Hello, wörld 🌍!');
    expect(await streamed.reasoningText).toBe('Looking around');
    expect(made()).toBe(1);
    expect(asked().map((one) => [one['x-tenant'], one['x-stamp']])).toEqual([
      ['acme', 'sendMessage'],
      ['acme', 'sendMessageStream'],
    ]);
  });

  test('takes a bare message, files and data', async () => {
    const { model } = await open();
    expect((await generateText({ model, prompt: 'bare message' })).text).toBe('Just a message.');
    const prompt = 'completes with files and data';
    const results = [await generateText({ model, prompt }), streamText({ model, prompt })];
    for (const result of results) {
      const [file] = await result.files;
      expect([file?.base64, file?.mediaType]).toEqual(['aGVsbG8gZmlsZQ==', 'text/plain']);
      expect(await result.sources).toMatchObject([{ url: 'https://files.example.com/a.pdf' }]);
      const data = (await result.content).flatMap((part) =>
        part.type === 'custom' ? [part.providerMetadata?.['a2a']?.['data']] : [],
      );
      expect(data).toEqual([{ rows: [1, 2], raw: 'kept as it is' }]);
    }
  });

  test('shows raw chunks as the JSON of protocol 1.0', async () => {
    const { model } = await open();
    const raw: unknown[] = [];
    const { stream } = streamText({
      model,
      prompt: 'completes',
      include: { rawChunks: true },
    });
    for await (const part of stream) if (part.type === 'raw') raw.push(part.rawValue);
    expect(raw.at(-1)).toMatchObject({
      statusUpdate: { status: { state: 'TASK_STATE_COMPLETED' } },
    });
    expect(raw).toContainEqual({
      artifactUpdate: expect.objectContaining({
        artifact: expect.objectContaining({ parts: [expect.objectContaining({ text: '🌍!' })] }),
      }),
    });
  });

  test.each(['generate', 'stream'] as const)('asks back and goes on (%s)', async (mode) => {
    const { model } = await open();
    const turn = async (messages: ModelMessage[]) => {
      const given = { model, messages };
      const result = mode === 'generate' ? await generateText(given) : streamText(given);
      const { messages: said } = await result.response;
      return { text: await result.text, taskId: taskOf(await result.finalStep), said };
    };
    const asks: ModelMessage[] = [{ role: 'user', content: 'input-required' }];
    const first = await turn(asks);
    expect(first.text).toBe('Which city?');
    const second = await turn([...asks, ...first.said, { role: 'user', content: 'Oslo' }]);
    expect(second.text).toBe('You said Oslo.');
    expect(second.taskId).toBe(first.taskId);
  });

  test('has the agent cancel on abort, and throws the reason', async () => {
    const { canceled, model } = await open();
    const abort = new AbortController();
    const { stream } = await model.doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'hangs' }] }],
      abortSignal: abort.signal,
    });
    const reason = new Error('enough');
    await expect(async () => {
      for await (const part of stream) if (part.type === 'text-delta') abort.abort(reason);
    }).rejects.toBe(reason);
    await expect.poll(() => canceled).toHaveLength(1);
  });

  test('finds the task to cancel where the agent has not named it yet', async () => {
    const { asked, canceled, makeClient, model } = await open();
    const watcher = await makeClient();
    const abort = new AbortController();
    const called = generateText({ model, prompt: 'hangs', abortSignal: abort.signal });
    const thrown = called.catch((error: unknown) => error);
    const begun = async () => (await watcher.listTasks(everyTask)).tasks.length;
    await expect.poll(begun).toBe(1);
    abort.abort(new Error('enough'));
    expect(await thrown).toMatchObject({ message: 'enough' });
    expect(canceled).toHaveLength(1);
    const methods = asked().map((one) => one['x-stamp']);
    expect(methods.filter((one) => one !== 'listTasks')).toEqual(['sendMessage', 'cancelTask']);
  });

  test('takes a dropped line up again, without repeating a word', async () => {
    const { asked, model } = await open();
    const deltas: string[] = [];
    for await (const delta of streamText({ model, prompt: 'cut, then completes' }).textStream) {
      deltas.push(delta);
    }
    expect(deltas.join('')).toBe('Half of the answer.');
    const methods = asked().map((one) => one['x-stamp']);
    expect(methods.filter((one) => one === 'sendMessageStream')).toHaveLength(1);
    expect(methods).toContain('resubscribeTask');
  });

  test('says what a task failed of', async () => {
    const { model } = await open();
    for (const mode of ['generate', 'stream'] as const) {
      const error = await failureOf(model, mode, 'fails');
      expect(error).toBeInstanceOf(A2ATaskError);
      expect(error).toMatchObject({ message: 'The oven is cold.', state: 'failed' });
    }
  });

  test('names the code of an error, and knows by it that the agent is there', async () => {
    const { a2a, model } = await open();
    const error: unknown = await model.task('nowhere').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(A2AProtocolError);
    expect(error).toMatchObject({ code: -32001, isRetryable: false });
    expect(await a2a.checkHealth('peer')).toMatchObject({ isHealthy: true });
  });

  test('is neither reached nor healthy where nobody is there', async () => {
    const { a2a, close, model } = await open();
    await generateText({ model, prompt: 'completes' });
    await close();
    const error = await failureOf(model);
    expect(error).toBeInstanceOf(A2AProtocolError);
    expect(error).toMatchObject({ code: undefined, message: /could not be reached/ });
    expect(await a2a.checkHealth('peer')).toMatchObject({ isHealthy: false });
    closing.pop();
  });

  test('is paid by what its card says: held before the work, released after it', async () => {
    const sandbox = await serveSandbox({ payerTokens: 12 });
    closing.push(sandbox.close);
    const { accountId } = sandbox.agents.streamer;
    const { asked, model } = await open([
      {
        uri: 'https://a2a-settlement.org/extensions/settlement/v1',
        params: {
          exchangeUrls: [sandbox.exchangeUrl],
          accountIds: { [`${sandbox.exchangeUrl}/api/v1`]: accountId },
          pricing: { any: { baseTokens: 4, model: 'per-request' } },
        },
      },
    ]);
    const settlement = createSettlement({
      rail: exchangeRail({ exchangeUrl: sandbox.exchangeUrl, apiKey: sandbox.payer.apiKey }),
    });
    const events: unknown[] = [];
    settlement.on('held', () => events.push(['held', asked().length]));
    settlement.on('released', ({ receipt }) => events.push(['released', Number(receipt.amount)]));
    const paid = wrapLanguageModel({ model, middleware: settlement.middleware });
    expect(await streamText({ model: paid, prompt: 'completes' }).text).toBe('Hello, wörld 🌍!');
    await expect
      .poll(() => events)
      .toEqual([
        ['held', 0],
        ['released', 4],
      ]);
  });
});

function taskOf({ providerMetadata }: { providerMetadata: unknown }): unknown {
  return JSON.parse(JSON.stringify(providerMetadata)).a2a.taskId;
}
