import { TaskState } from '@a2a-js/sdk';
import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from '@a2a-js/sdk/client';
import { serve } from '@hono/node-server';
import { ClientFactory as LegacyClientFactory } from 'a2a-js-sdk-0.3/client';
import { MockLanguageModelV4 } from 'ai/test';
import { exchangeRail } from 'ai-sdk-a2a-settlement';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acceptExchange, createPaidAgent } from '../../src/agent';
import { SETTLEMENT_EXTENSION_URI } from '../../src/rails/exchange/schemas';
import { createExchange } from '../../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';
import { a2aRequest } from '../agent/a2a-request';
import { saying, scriptedModel, thinking } from '../agent/model/scripted-model';

const exchangeUrl = 'https://exchange.test/api/v1';
const extensions = { 'A2A-Extensions': SETTLEMENT_EXTENSION_URI };
const legacyExtensions = { 'X-A2A-Extensions': SETTLEMENT_EXTENSION_URI };

/** Says half of it, and the rest when it is let on. */
class SlowPoet {
  readonly signals: (AbortSignal | undefined)[] = [];
  private gate = Promise.withResolvers<void>();

  readonly model = new MockLanguageModelV4({
    doStream: async (options) => {
      this.signals.push(options.abortSignal);
      this.gate = Promise.withResolvers();
      const answer = [...thinking('Hm.'), ...saying('Roses ', 'are red.')];
      const { stream } = await scriptedModel([answer]).doStream(options);
      const { gate } = this;
      const waiting = new TransformStream({
        async transform(part, controller) {
          if (part.type === 'text-delta' && part.delta === 'are red.') await gate.promise;
          controller.enqueue(part);
        },
      });
      return { stream: stream.pipeThrough(waiting) };
    },
  });

  goOn(): void {
    this.gate.resolve();
  }
}

let close: () => Promise<unknown>;
let url: string;
const poet = new SlowPoet();
const exchange = createExchange();
const buyer = exchange.register('buyer', { tokens: 1000 });
const rail = exchangeRail({
  exchangeUrl,
  apiKey: buyer.apiKey,
  fetch: inProcessFetch('https://exchange.test', exchange.fetch),
});
let payee = '';

beforeAll(async () => {
  const seller = exchange.register('poet', { tokens: 0 });
  payee = seller.accountId;
  let handle: ((request: Request) => Promise<Response>) | undefined;
  const server = serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) => handle?.(request) ?? new Response(null, { status: 503 }),
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url = `http://127.0.0.1:${address.port}/poet/`;
  const fetch = inProcessFetch('https://exchange.test', exchange.fetch);
  handle = createPaidAgent({
    model: poet.model,
    url,
    name: 'poet',
    description: 'Writes poems.',
    skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
    accepts: [acceptExchange({ exchangeUrl, ...seller, price: 10, fetch })],
  });
  close = () => new Promise((resolve) => server.close(resolve));
});
afterAll(() => close());

/** An escrow, as a message names it. */
async function pay() {
  const hold = await rail.hold({
    taskId: crypto.randomUUID(),
    payee,
    amount: 10,
    ttlMinutes: 10,
    agent: { id: url, card: undefined },
  });
  return (await rail.decorate(hold, { isFirst: true })).metadata;
}

describe.each(['JSONRPC', 'HTTP+JSON'] as const)('the A2A SDK’s client 1.x, %s', (transport) => {
  const options = { serviceParameters: extensions };
  const connect = () =>
    new ClientFactory({
      transports: [new JsonRpcTransportFactory(), new RestTransportFactory()],
      preferredTransports: [transport],
      cardResolver: new DefaultAgentCardResolver(),
    }).createFromUrl(url);

  test('is refused unpaid', async () => {
    const client = await connect();
    expect(await client.sendMessage(a2aRequest('A poem'), options)).toMatchObject({
      status: { state: TaskState.TASK_STATE_REJECTED },
      artifacts: [],
    });
  });

  test('pays, streams, listens again, and asks for the task', async () => {
    const client = await connect();
    const stream = client.sendMessageStream(
      a2aRequest('A poem', { metadata: await pay() }),
      options,
    );
    const text: string[] = [];
    const states: unknown[] = [];
    let again: Promise<string[]> | undefined;
    let id = '';
    for await (const { payload } of stream) {
      if (payload?.$case === 'task') id = payload.value.id;
      if (payload?.$case === 'statusUpdate') states.push(payload.value.status?.state);
      if (payload?.$case !== 'artifactUpdate') continue;
      const content = payload.value.artifact?.parts[0]?.content;
      text.push(content?.$case === 'text' ? content.value : '');
      again ??= (async () => {
        const heard: string[] = [];
        for await (const event of client.resubscribeTask({ id, tenant: '' }, options)) {
          heard.push(event.payload?.$case ?? '');
          // It is there: the poet goes on.
          poet.goOn();
        }
        return heard;
      })();
    }
    expect(text).toEqual(['Roses', ' are red', '.']);
    expect([...new Set(states)]).toEqual([
      TaskState.TASK_STATE_WORKING,
      TaskState.TASK_STATE_COMPLETED,
    ]);
    const heard = await again;
    expect(heard?.[0]).toBe('task');
    expect(heard?.at(-1)).toBe('statusUpdate');
    expect(await client.getTask({ id, tenant: '' }, options)).toMatchObject({
      status: { state: TaskState.TASK_STATE_COMPLETED },
      metadata: { usage: { inputTokens: 10, outputTokens: 7 } },
    });
  });

  test('cancels, and the model hears of it', async () => {
    const client = await connect();
    const states: unknown[] = [];
    let id = '';
    let canceled: Promise<unknown> | undefined;
    const request = a2aRequest('A poem', { metadata: await pay() });
    for await (const { payload } of client.sendMessageStream(request, options)) {
      if (payload?.$case === 'task') id = payload.value.id;
      if (payload?.$case === 'statusUpdate') states.push(payload.value.status?.state);
      if (payload?.$case === 'artifactUpdate') {
        canceled = client.cancelTask({ id, tenant: '', metadata: {} }, options);
      }
    }
    expect(states.at(-1)).toBe(TaskState.TASK_STATE_CANCELED);
    expect(await canceled).toMatchObject({ status: { state: TaskState.TASK_STATE_CANCELED } });
    expect(poet.signals.at(-1)?.aborted).toBe(true);
  });
});

describe('the A2A SDK’s client 0.3', () => {
  const options = { serviceParameters: legacyExtensions };
  const message = (metadata?: Record<string, unknown>) => ({
    message: {
      kind: 'message' as const,
      messageId: crypto.randomUUID(),
      role: 'user' as const,
      parts: [{ kind: 'text' as const, text: 'A poem' }],
      ...(metadata !== undefined && { metadata }),
    },
  });

  test('is refused unpaid', async () => {
    const client = await new LegacyClientFactory().createFromUrl(url);
    expect(await client.sendMessage(message(), options)).toMatchObject({
      kind: 'task',
      status: { state: 'rejected' },
    });
  });

  test('hears in a stream why there is none', async () => {
    const client = await new LegacyClientFactory().createFromUrl(url);
    const stream = client.sendMessageStream(message());
    await expect(stream.next()).rejects.toThrow(
      `Client must declare support for required extensions: ${SETTLEMENT_EXTENSION_URI}`,
    );
  });

  test('pays, streams, listens again, and asks for the task', async () => {
    const client = await new LegacyClientFactory().createFromUrl(url);
    const text: string[] = [];
    const states: string[] = [];
    let again: Promise<string[]> | undefined;
    let id = '';
    for await (const event of client.sendMessageStream(message(await pay()), options)) {
      if (event.kind === 'task') id = event.id;
      if (event.kind === 'status-update') states.push(event.status.state);
      if (event.kind !== 'artifact-update') continue;
      const [part] = event.artifact.parts;
      text.push(part?.kind === 'text' ? part.text : '');
      again ??= (async () => {
        const heard: string[] = [];
        for await (const told of client.resubscribeTask({ id }, options)) {
          heard.push(told.kind);
          poet.goOn();
        }
        return heard;
      })();
    }
    expect(text).toEqual(['Roses', ' are red', '.']);
    expect([...new Set(states)]).toEqual(['working', 'completed']);
    const heard = await again;
    expect(heard?.at(-1)).toBe('status-update');
    expect(await client.getTask({ id }, options)).toMatchObject({
      kind: 'task',
      status: { state: 'completed' },
    });
  });

  test('cancels, and the model hears of it', async () => {
    const client = await new LegacyClientFactory().createFromUrl(url);
    const states: string[] = [];
    let id = '';
    let canceled: Promise<unknown> | undefined;
    for await (const event of client.sendMessageStream(message(await pay()), options)) {
      if (event.kind === 'task') id = event.id;
      if (event.kind === 'status-update') states.push(event.status.state);
      if (event.kind === 'artifact-update') canceled ??= client.cancelTask({ id }, options);
    }
    expect(states.at(-1)).toBe('canceled');
    expect(await canceled).toMatchObject({ status: { state: 'canceled' } });
    expect(poet.signals.at(-1)?.aborted).toBe(true);
  });
});
