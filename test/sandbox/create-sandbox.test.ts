import { TaskState } from '@a2a-js/sdk';
import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
} from '@a2a-js/sdk/client';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createExchangeClient } from '../../src/rails/exchange/exchange-client';
import { createSandbox, type DemoAgentName, type SandboxOptions } from '../../src/sandbox';
import { a2aRequest } from '../agent/a2a-request';

describe('createSandbox', () => {
  it('gives accounts, prices and cards that agree', async () => {
    const sandbox = createSandbox({ origin: 'http://localhost:9', payerTokens: 77 });
    const { accounts } = sandbox.ledger();
    expect(accounts.find(({ id }) => id === sandbox.payer.accountId)).toMatchObject({
      available: 77,
    });

    for (const { url, accountId, skill, price } of Object.values(sandbox.agents)) {
      expect(accounts.some(({ id }) => id === accountId)).toBe(true);
      const card = await sandbox.fetch(`${url}.well-known/agent-card.json`);
      expect(await card.json()).toMatchObject({
        url,
        skills: [{ id: skill }],
        capabilities: {
          streaming: true,
          extensions: [
            {
              required: false,
              params: {
                accountIds: { 'http://localhost:9/api/v1': accountId },
                pricing: { [skill]: { baseTokens: price } },
              },
            },
          ],
        },
      });
    }
  });

  it('finds cards by joining with and without a slash', async () => {
    const { fetch, agents } = createSandbox();
    for (const base of [agents.data.url, agents.data.url.slice(0, -1)]) {
      expect((await fetch(`${base}/.well-known/agent-card.json`)).status).toBe(200);
      expect((await fetch(`${base}/.well-known/agent.json`)).status).toBe(200);
    }
    expect((await fetch('https://sandbox.test/agents/nobody/')).status).toBe(404);
    expect((await fetch('https://sandbox.test/nothing')).status).toBe(404);
    expect((await fetch('https://sandbox.test/health')).status).toBe(200);
  });

  it('leaves no timer when it is closed while an agent works', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { agents, close, fetch } = createSandbox();
    const response = await fetch(agents.slow.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'a2a-version': '1.0' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'SendStreamingMessage',
        params: { message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'Work' }] } },
      }),
    });
    await response.body?.getReader().read();
    await vi.waitUntil(() => vi.getTimerCount() > 0);
    close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reaches no other host', async () => {
    await expect(createSandbox().fetch('http://elsewhere.test/v1')).rejects.toThrow('fetch failed');
  });

  it('aborts requests and streams like a real fetch', async () => {
    const { fetch, agents } = createSandbox();
    const reason = new Error('enough');
    await expect(fetch(agents.slow.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );

    const controller = new AbortController();
    const body = rpc('SendStreamingMessage', 'Work');
    const headers = { 'A2A-Version': '1.0', 'content-type': 'application/json' };
    const { signal } = controller;
    const response = await fetch(agents.slow.url, { method: 'POST', body, headers, signal });
    controller.abort(reason);
    await expect(response.text()).rejects.toBe(reason);

    const blocked = new AbortController();
    const blocking = fetch(agents.slow.url, {
      method: 'POST',
      body: rpc('SendMessage', 'Work'),
      headers,
      signal: blocked.signal,
    });
    setTimeout(() => blocked.abort(reason), 10);
    await expect(blocking).rejects.toBe(reason);
  });
});

describe('the agents', () => {
  it.each([
    ['streamer', TaskState.TASK_STATE_COMPLETED],
    ['failing', TaskState.TASK_STATE_FAILED],
    ['asker', TaskState.TASK_STATE_INPUT_REQUIRED],
    ['slow', TaskState.TASK_STATE_COMPLETED],
    ['data', TaskState.TASK_STATE_COMPLETED],
  ] as const)('%s works for a held escrow', async (name, state) => {
    const { pay, send } = await connect(name);
    const task = await send('What is the weather in New York?', await pay());
    expect(task).toMatchObject({
      status: { state },
      metadata: { 'a2a-se': { settlementStatus: 'acknowledged' } },
    });
  });

  it('data answers with an object', async () => {
    const { send } = await connect('data');
    const task = await send('What is the weather in New York?');
    expect('artifacts' in task ? task.artifacts[0]?.parts[0]?.content : undefined).toEqual({
      $case: 'data',
      value: { city: 'New York', temperature: 18, unit: 'celsius', conditions: 'sunny' },
    });
  });

  it('work unpaid as long as payment is not required', async () => {
    const { send } = await connect('streamer');
    expect(await send('Hi')).toMatchObject({ status: { state: TaskState.TASK_STATE_COMPLETED } });
  });

  it('reject a task whose escrow does not hold, and say why', async () => {
    const { pay, send, exchange } = await connect('streamer');
    const escrowId = await pay();
    await exchange.refund(escrowId);
    expect(await send('Hi', escrowId)).toMatchObject({
      status: {
        state: TaskState.TASK_STATE_REJECTED,
        message: {
          parts: [{ content: { value: 'Payment refused: The escrow is refunded, not held.' } }],
        },
      },
    });
  });

  it('reject too little, a second use and a lapsed escrow', async () => {
    let time = Date.now();
    const { pay, send } = await connect('streamer', { now: () => new Date(time) });
    const rejected = { status: { state: TaskState.TASK_STATE_REJECTED } };
    expect(await send('Hi', await pay(9))).toMatchObject(rejected);

    const escrowId = await pay();
    expect(await send('Hi', escrowId)).not.toMatchObject(rejected);
    expect(await send('Hi', escrowId)).toMatchObject(rejected);

    const lapsing = await pay();
    time += 31 * 60_000;
    expect(await send('Hi', lapsing)).toMatchObject(rejected);
  });

  it('refuse callers that name no extension when payment is required', async () => {
    const { pay, send } = await connect('streamer', { required: true });
    await expect(send('Hi')).rejects.toMatchObject({ name: 'ExtensionSupportRequiredError' });
    await expect(send('Hi', await pay())).rejects.toMatchObject({
      name: 'ExtensionSupportRequiredError',
    });
  });

  it('stop when the sandbox closes', async () => {
    const { sandbox, client } = await connect('slow', { agentDelayMs: 2 });
    const states: unknown[] = [];
    for await (const event of client.sendMessageStream(a2aRequest('Work'))) {
      if (states.push(event.payload?.$case) === 2) {
        sandbox.close();
      }
    }
    expect(states).toEqual(['task', 'statusUpdate']);
  });
});

async function connect(name: DemoAgentName, options: SandboxOptions = {}) {
  const sandbox = createSandbox({ agentDelayMs: 0, ...options });
  const { exchangeUrl, payer, agents } = sandbox;
  const fetchImpl = sandbox.fetch;
  const exchange = createExchangeClient({
    url: exchangeUrl,
    apiKey: payer.apiKey,
    fetch: fetchImpl,
  });
  const client = await new ClientFactory({
    transports: [new JsonRpcTransportFactory({ fetchImpl })],
    cardResolver: new DefaultAgentCardResolver({ fetchImpl }),
  }).createFromUrl(agents[name].url);

  return {
    sandbox,
    exchange,
    client,
    send: (text: string, escrowId?: string) =>
      client.sendMessage(
        a2aRequest(text, escrowId === undefined ? {} : { metadata: { 'a2a-se': { escrowId } } }),
      ),
    pay: async (amount = agents[name].price) => {
      const hold = await exchange.hold({ providerId: agents[name].accountId, amount });
      return hold.escrowId;
    },
  };
}

function rpc(method: string, text: string): string {
  const message = { messageId: crypto.randomUUID(), role: 'ROLE_USER', parts: [{ text }] };
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { message } });
}

it('says at its origin what runs here, without keys and scripts', async () => {
  const { agents, exchangeUrl, fetch, nevermined, payer, state, x402 } = createSandbox();
  const response = await fetch(`${exchangeUrl}/`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const page = await response.text();
  for (const { price, url } of Object.values(agents)) {
    expect(page).toMatch(new RegExp(`<code>${url}</code></td>\\s*<td>${price} tokens</td>`));
  }
  expect(page).toContain(x402.agentUrl);
  expect(page).toContain(nevermined.agent.url);
  expect(page).toContain('Does a long piece of research.');
  expect(page).not.toMatch(/<script|ate_/);
  expect(page).not.toContain(payer.accountId);
  for (const key of [...Object.keys(state().keys), nevermined.buyer.apiKey]) {
    expect(page).not.toContain(key);
  }
  const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, url = '']) => url);
  expect(links).toHaveLength(9);
  for (const url of links) expect((await fetch(url)).status).toBe(200);
  expect((await fetch(`${exchangeUrl}/`, { method: 'POST' })).status).toBe(404);
});
