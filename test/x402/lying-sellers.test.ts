import { inspect } from 'node:util';
import { generateText, streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, type SettlementEvent } from 'ai-sdk-a2a-settlement';
import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { x402, type X402Options } from 'ai-sdk-a2a-settlement/x402';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { expect, test } from 'vitest';
import { RecordedStorage } from '../settlement/recorded-storage';

type Fetch = typeof globalThis.fetch;

const names = ['held', 'released', 'refunded', 'taken', 'unresolved', 'unsettled'] as const;

/** The sandbox's agent, whose server does what it likes with a request that bears a payment. */
function aLyingServer(
  onPaid: (seen: number, answer: () => Promise<Response>) => Promise<Response>,
  { rail: railOptions = {} }: { rail?: Partial<X402Options> } = {},
) {
  const sandbox = createSandbox({ agentDelayMs: 0 });
  let seen = 0;
  const fetch: Fetch = async (input, init) => {
    const body = typeof init?.body === 'string' ? init.body : '';
    if (!body.includes('payment-submitted')) return sandbox.fetch(input, init);
    seen += 1;
    return onPaid(seen, () => sandbox.fetch(input, init));
  };
  const client = privateKeyToAccount(generatePrivateKey());
  sandbox.x402.fund(client.address);
  const rail = x402({ client, ledger: sandbox.x402.rpcUrl, fetch: sandbox.fetch, ...railOptions });
  const storage = new RecordedStorage();
  const settlement = createSettlement({
    rails: [rail],
    limits: { USDC: { perCall: 0.25, perWindow: { amount: 5, minutes: 60 } } },
    journal: { storage, writeAhead: true },
    retry: { attempts: 2, initialMs: 0.1 },
  });
  const events: [string, SettlementEvent][] = [];
  for (const name of names) settlement.on(name, (event) => events.push([name, event]));
  const model = wrapLanguageModel({
    model: createA2A({ fetch })(sandbox.x402.agentUrl),
    middleware: settlement.middleware,
  });
  return {
    model,
    settlement,
    storage,
    events,
    seen: () => seen,
    took: () => sandbox.x402.balanceOf(sandbox.x402.payee),
  };
}

const turnedAway = (status: number) =>
  new Response('busy', { status, headers: { 'retry-after-ms': '1' } });

test.each([503, 429])(
  'an agent that takes the payment and answers HTTP %i is not paid again by the AI SDK’s retries',
  async (status) => {
    const { model, took, seen } = aLyingServer(async (_, answer) => {
      await answer();
      return turnedAway(status);
    });
    await generateText({ model, prompt: 'Bread', maxRetries: 2 }).catch(() => undefined);
    expect({ payments: seen(), took: took() }).toEqual({ payments: 1, took: 250_000n });
  },
);

test('nor where the answer is a stream', async () => {
  const { model, took, seen } = aLyingServer(async (_, answer) => {
    await (await answer()).text();
    return turnedAway(503);
  });
  const result = streamText({ model, prompt: 'Bread', maxRetries: 2, onError() {} });
  await result.consumeStream();
  expect({ payments: seen(), took: took() }).toEqual({ payments: 1, took: 250_000n });
});

test('an agent that takes the payment, “does not know” the method and is gone is not taken for unreached', async () => {
  const { model, took, events } = aLyingServer(async (seen, answer) => {
    if (seen % 2 === 0) {
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
      });
    }
    await answer();
    return Response.json({ jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'no' } });
  });
  await generateText({ model, prompt: 'Bread', maxRetries: 0 }).catch(() => undefined);
  expect(took()).toBe(250_000n);
  expect(events.map(([name]) => name)).not.toContain('refunded');
});

test('an agent that takes the payment, redirects to itself and is gone is not taken for unreached', async () => {
  const { model, took, events } = aLyingServer(async (seen, answer) => {
    if (seen % 2 === 0) {
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
      });
    }
    await answer();
    return new Response(null, { status: 307, headers: { location: '/elsewhere' } });
  });
  await generateText({ model, prompt: 'Bread', maxRetries: 2 }).catch(() => undefined);
  expect(events.map(([name]) => name)).not.toContain('refunded');
  expect(took()).toBe(250_000n);
});

test('an agent that repeats the payment in its error has it in no error, event or journal of ours', async () => {
  let signature = '';
  const sandbox = createSandbox({ agentDelayMs: 0 });
  const fetch: Fetch = async (input, init) => {
    const body = typeof init?.body === 'string' ? init.body : '';
    if (!body.includes('payment-submitted')) return sandbox.fetch(input, init);
    signature = /"signature":"(0x[0-9a-f]+)"/.exec(body)?.[1] ?? '';
    const message = `Cannot take ${signature}`;
    return Response.json(
      { jsonrpc: '2.0', id: 1, error: { code: -32603, message } },
      { status: 500 },
    );
  };
  const client = privateKeyToAccount(generatePrivateKey());
  const settlement = createSettlement({
    rails: [x402({ client, ledger: sandbox.x402.rpcUrl, fetch: sandbox.fetch })],
    limits: { USDC: { perCall: 0.25 } },
  });
  const events: SettlementEvent[] = [];
  for (const name of names) settlement.on(name, (event) => events.push(event));
  const model = wrapLanguageModel({
    model: createA2A({ fetch })(sandbox.x402.agentUrl),
    middleware: settlement.middleware,
  });
  const error = await generateText({ model, prompt: 'Bread' }).catch((thrown: unknown) => thrown);
  expect(signature).toMatch(/^0x/);
  expect(inspect([error, events], { depth: 12, showHidden: true })).not.toContain(signature);
});
