import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createChainReader, quantity } from '../../../src/rails/x402/ledger';

const url = 'https://rpc.example.com/v1/secret-key';

test.each<[string, () => Response | Promise<Response>, object]>([
  [
    'HTTP 500',
    () => new Response('secret-key', { status: 500 }),
    { code: 'UPSTREAM', statusCode: 500 },
  ],
  ['no JSON', () => new Response('<html>'), { code: 'UPSTREAM' }],
  [
    'an error',
    () => Response.json({ jsonrpc: '2.0', id: 1, error: { code: -32000, message: 'secret-key' } }),
    { code: 'UPSTREAM' },
  ],
  ['no result', () => Response.json({ jsonrpc: '2.0', id: 1 }), { code: 'UPSTREAM' }],
  [
    'something else',
    () => Response.json({ jsonrpc: '2.0', id: 1, result: { of: 'another kind' } }),
    { code: 'UNEXPECTED_ANSWER' },
  ],
  ['a redirect', () => Response.redirect('https://elsewhere.example.com'), { code: 'UPSTREAM' }],
  [
    'nothing at all',
    () => Promise.reject(new TypeError(`fetch failed ${url}`)),
    { code: 'NETWORK' },
  ],
  ['no answer in time', () => new Promise(() => {}), { code: 'TIMEOUT' }],
])('%s may be something else later, and shows no key', async (_, answer, expected) => {
  const fetch: typeof globalThis.fetch = (_input, init) =>
    Promise.race([
      answer(),
      new Promise<never>((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason), { once: true });
      }),
    ]);
  const reader = createChainReader(url, { fetch, timeoutMs: 200 });
  const error = await reader.read('eth_call', [], quantity).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ isRetryable: true, ...expected });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret-key');
});

test('a client that fails shows nothing of what it says', async () => {
  const client = { request: () => Promise.reject(new Error(`POST ${url}`)) };
  const error = await createChainReader(client)
    .network()
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'NETWORK', isRetryable: true });
  expect(inspect(error, { depth: 9 })).not.toContain('secret-key');
});

test('the network is asked once, and again when it was not to be had', async () => {
  let count = 0;
  const client = {
    request: async () => {
      if (++count === 1) throw new Error('down');
      return '0x2105';
    },
  };
  const reader = createChainReader(client);
  await expect(reader.network()).rejects.toMatchObject({ code: 'NETWORK' });
  expect(await reader.network()).toBe('eip155:8453');
  expect(await reader.network()).toBe('eip155:8453');
  expect(count).toBe(2);
});

test('the signal of the caller ends it', async () => {
  const fetch = () => new Promise<Response>(() => {});
  const reader = createChainReader(url, { fetch, timeoutMs: 60_000 });
  const controller = new AbortController();
  controller.abort(new Error('gone'));
  await expect(reader.read('eth_call', [], quantity, controller.signal)).rejects.toThrow('gone');
});

test('a redirect is not followed: the next server would get the question', async () => {
  let redirect: unknown;
  const fetch: typeof globalThis.fetch = async (_, init) => {
    redirect = init?.redirect;
    return Response.json({ jsonrpc: '2.0', id: 1, result: '0x1' });
  };
  await createChainReader(url, { fetch }).read('eth_call', [], quantity);
  expect(redirect).toBe('manual');
});

test('a client that never answers is given up, and the signal of the caller ends it', async () => {
  const client = { request: () => new Promise(() => {}) };
  const soon = createChainReader(client, { timeoutMs: 20 });
  await expect(soon.read('eth_call', [], quantity)).rejects.toMatchObject({ code: 'TIMEOUT' });
  const controller = new AbortController();
  const reading = createChainReader(client).read('eth_call', [], quantity, controller.signal);
  controller.abort(new Error('gone'));
  await expect(reading).rejects.toThrow('gone');
});
