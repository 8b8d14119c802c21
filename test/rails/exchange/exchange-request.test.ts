import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createExchangeClient } from '../../../src/rails/exchange/exchange-client';
import { SettlementError } from '../../../src/rails/rail';
import { created, fakeExchange, json, looked } from './fake-exchange';

const apiKey = 'ate_0123456789abcdef';
const url = 'https://exchange.example.com';
const balance = { account_id: 'a', available: 1 };

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

afterEach(() => vi.unstubAllGlobals());

describe('a request', () => {
  it('goes below the prefix that is given', async () => {
    for (const [given, sent] of [
      [url, `${url}/v1/exchange/balance`],
      [`${url}/v1/`, `${url}/v1/exchange/balance`],
      [`${url}/api/v1`, `${url}/api/v1/exchange/balance`],
    ] as const) {
      const { fetch, requests } = fakeExchange(json(200, balance));
      await createExchangeClient({ url: given, apiKey, fetch }).balance();
      expect(requests[0]?.url).toBe(sent);
    }
  });

  it('bears the key, a request id, and a body that is serialized once', async () => {
    const { fetch, requests } = fakeExchange(json(201, created));
    const client = createExchangeClient({ url, apiKey: ` ${apiKey}\n`, fetch });
    await client.hold(
      { providerId: 'agent-1', amount: 10, taskId: 't-1', ttlMinutes: undefined },
      { idempotencyKey: 'k-1' },
    );
    const request = requests[0];
    expect(request?.method).toBe('POST');
    expect(request?.body).toBe('{"provider_id":"agent-1","amount":10,"task_id":"t-1"}');
    expect(Object.fromEntries(request?.headers ?? [])).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      accept: 'application/json',
      'idempotency-key': 'k-1',
      'x-request-id': expect.stringMatching(/^req_\w{16}$/),
    });
    expect(request?.headers.has('x-a2a-signature')).toBe(false);
  });

  it('is signed over its real path and bytes when asked to', async () => {
    const { fetch, requests } = fakeExchange(
      json(200, { escrow_id: 'e-1', status: 'refunded', amount_returned: 1 }),
    );
    const client = createExchangeClient({
      url: `${url}/api/v1`,
      apiKey,
      fetch,
      signRequests: true,
    });
    await client.refund('e-1', { reason: 'task-failed' });
    const { headers, body } = requests[0] ?? { headers: new Headers(), body: '' };
    expect(headers.get('x-a2a-signature')).toBe(
      createHmac('sha256', apiKey)
        .update(`${headers.get('x-a2a-timestamp')}POST/api/v1/exchange/refund${body}`)
        .digest('hex'),
    );
  });

  it('uses the global fetch of the moment', async () => {
    const { fetch, requests } = fakeExchange(json(200, balance));
    const client = createExchangeClient({ url, apiKey });
    vi.stubGlobal('fetch', fetch);
    await client.balance();
    expect(requests).toHaveLength(1);
  });

  it('needs a key, but for registration and accounts, where it is not sent', async () => {
    const account = { id: 'a', bot_name: 'b' };
    const { fetch, requests } = fakeExchange(
      json(200, account),
      json(201, { account, api_key: 'ate_1', starter_tokens: 100 }),
    );
    expect(await caught(createExchangeClient({ url, fetch }).balance())).toMatchObject({
      code: 'NOT_CONFIGURED',
      message: expect.stringContaining('A2A_PAYER_API_KEY'),
    });
    expect(requests).toHaveLength(0);

    const client = createExchangeClient({ url, apiKey, fetch, signRequests: true });
    await client.account('a');
    await client.register({
      botName: 'b',
      developerId: 'd',
      developerName: 'D',
      contactEmail: 'd@example.com',
    });
    expect(requests.map(({ headers }) => headers.has('authorization'))).toEqual([false, false]);
  });

  it('refuses a key that no header can carry, without printing it', () => {
    expect(() => createExchangeClient({ url, apiKey: 'ate_1\nx: y' })).toThrow(
      expect.objectContaining({
        code: 'NOT_CONFIGURED',
        message: expect.not.stringContaining('ate_1'),
      }),
    );
  });

  it.each(['', '../accounts', 'a b', 'a?b', 'ü', '\ud800', 'x'.repeat(37)])(
    'is not sent for the id %j',
    async (id) => {
      const { fetch, requests } = fakeExchange(json(200, looked));
      const client = createExchangeClient({ url, apiKey, fetch });
      expect(await caught(client.getEscrow(id))).toMatchObject({ code: 'VALIDATION' });
      expect(await caught(client.account(id))).toMatchObject({ code: 'VALIDATION' });
      expect(requests).toHaveLength(0);
    },
  );

  it('does not leave its path for an id of dots', async () => {
    const { fetch, requests } = fakeExchange(json(200, { ...looked, id: '..' }));
    await createExchangeClient({ url, apiKey, fetch }).getEscrow('..');
    expect(requests[0]?.url).toMatch(/\/v1\/exchange\/escrows\/[^/]+$/);
  });

  it('is not sent with an amount that cannot be held', async () => {
    const { fetch, requests } = fakeExchange();
    const client = createExchangeClient({ url, apiKey, fetch });
    for (const amount of [0, -1, 1.5, 10_001, Number.NaN]) {
      expect(await caught(client.hold({ providerId: 'agent-1', amount }))).toMatchObject({
        code: 'INVALID_AMOUNT',
        message: expect.stringContaining('Hold was not sent: amount: '),
      });
    }
    expect(await caught(client.dispute('e-1', { reason: 'x', stakeAmount: 9 }))).toMatchObject({
      code: 'VALIDATION',
    });
    expect(requests).toHaveLength(0);
  });
});

describe('an answer', () => {
  it.each([409, 429, 500, 503])('with status %i is not retried here', async (status) => {
    const { fetch, requests } = fakeExchange(json(status, { detail: 'x' }));
    expect(await caught(createExchangeClient({ url, apiKey, fetch }).balance())).toBeDefined();
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['HTML', new Response('<html>hello', { headers: { 'content-type': 'text/html' } }), 'not JSON'],
    ['nothing', new Response(null, { status: 204 }), 'not JSON'],
    ['a list', json(200, []), 'fields are missing or invalid'],
    ['other fields', json(200, { account_id: 5 }), '(account_id)'],
  ])('that is %s is no answer', async (_, answer, reason) => {
    const { fetch } = fakeExchange(answer);
    expect(await caught(createExchangeClient({ url, apiKey, fetch }).balance())).toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      isRetryable: false,
      statusCode: answer.status,
      message: expect.stringContaining(reason),
    });
  });

  it('of a release does not pass for one of a refund', async () => {
    const { fetch } = fakeExchange(
      json(200, { escrow_id: 'e-1', status: 'released', amount_paid: 10, fee_collected: 1 }),
    );
    const client = createExchangeClient({ url, apiKey, fetch });
    expect(await caught(client.refund('e-1'))).toMatchObject({ code: 'UNEXPECTED_ANSWER' });
  });

  it('that redirects is not followed: the key stays where it was sent', async () => {
    let elsewhere = 0;
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/elsewhere')) {
        elsewhere++;
        response.end('{}');
      } else {
        response.writeHead(307, { location: '/elsewhere' }).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      const client = createExchangeClient({ url: `http://127.0.0.1:${port}`, apiKey });
      expect(await caught(client.release('e-1'))).toMatchObject({
        code: 'UNEXPECTED_ANSWER',
        statusCode: 307,
        message: expect.stringContaining('redirect'),
      });
      expect(elsewhere).toBe(0);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('that a browser hides as an opaque redirect is an error as well', async () => {
    const opaque = Object.defineProperties(new Response(null), {
      type: { value: 'opaqueredirect' },
      status: { value: 0 },
    });
    const fetch = async () => opaque;
    expect(await caught(createExchangeClient({ url, apiKey, fetch }).balance())).toMatchObject({
      code: 'UNEXPECTED_ANSWER',
    });
  });
});

describe('no answer', () => {
  it('is a network error, that may be tried again', async () => {
    const cause = new TypeError('fetch failed');
    const { fetch, requests } = fakeExchange(cause);
    const error = await caught(createExchangeClient({ url, apiKey, fetch }).release('e-1'));
    expect(error).toMatchObject({
      code: 'NETWORK',
      isRetryable: true,
      escrowId: 'e-1',
      cause: { name: 'TypeError', message: 'fetch failed' },
    });
    expect(String(error)).toContain('Release of escrow e-1 failed at https://exchange.example.com');
    expect(requests).toHaveLength(1);
  });

  const headers = { authorization: `Bearer ${apiKey}`, 'x-a2a-signature': 'signed' };
  it.each<[string, unknown]>([
    ['in its message', new Error(`bad header: Bearer ${apiKey}`)],
    ['in the name', Object.assign(new Error('x'), { name: apiKey, code: apiKey })],
    ['in the message of a cause', new Error('x', { cause: new Error(`Bearer ${apiKey}`) })],
    ['as axios does', Object.assign(new Error('x'), { config: { headers }, request: { headers } })],
    [
      'as ofetch does',
      Object.defineProperty(new Error('x'), 'options', { get: () => ({ headers }) }),
    ],
    ['in a cause that is no error', new Error('x', { cause: { headers } })],
    ['in several errors', new AggregateError([Object.assign(new Error('y'), { headers })], 'x')],
    ['as no error', { message: 'x', headers }],
    ['as a text', `could not send ${JSON.stringify(headers)}`],
    ['in the stack', Object.assign(new Error('x'), { stack: `Error: ${apiKey}` })],
    ['deep down', nest(30, Object.assign(new Error('y'), { headers }))],
  ])('that carries what was sent (%s) does not carry it on', async (_, thrown) => {
    const fetch = () => Promise.reject(thrown);
    const error = await caught(createExchangeClient({ url, apiKey, fetch }).balance());
    expect(error).toMatchObject({ code: 'NETWORK' });
    const told = inspect(error, { depth: 50, showHidden: true, getters: true });
    expect(told).not.toContain(apiKey);
    expect(told).not.toContain('signed');
  });

  it('tells name, message and code of what failed, and of what made it fail', async () => {
    const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED', port: 1 });
    const { fetch } = fakeExchange(new TypeError('fetch failed', { cause }));
    const error = await caught(createExchangeClient({ url, apiKey, fetch }).balance());
    expect(error).toMatchObject({
      isDispatched: false,
      cause: {
        name: 'TypeError',
        message: 'fetch failed',
        cause: { name: 'Error', message: 'connect refused', code: 'ECONNREFUSED' },
      },
    });
    expect(error).not.toHaveProperty('cause.cause.port');
  });

  it.each([
    ['ECONNREFUSED', false],
    ['ENOTFOUND', false],
    ['EAI_AGAIN', false],
    ['UND_ERR_CONNECT_TIMEOUT', false],
    ['ConnectionRefused', false],
    ['ECONNRESET', true],
    ['ECONNABORTED', true],
    ['EPIPE', true],
    ['ETIMEDOUT', true],
    ['UND_ERR_SOCKET', true],
    ['UND_ERR_HEADERS_TIMEOUT', true],
    ['ConnectionClosed', true],
    [undefined, true],
  ])('may have been sent, by its code %s: %s', async (code, isDispatched) => {
    const failures = [
      Object.assign(new Error('x'), code === undefined ? {} : { code }),
      new TypeError('fetch failed', { cause: { code } }),
      // It broke, after a first try that had not come about.
      ...(isDispatched && code !== undefined
        ? [Object.assign(new Error('x', { cause: { code: 'ECONNREFUSED' } }), { code })]
        : []),
    ];
    for (const failure of failures) {
      const { fetch } = fakeExchange(() => Promise.reject(failure));
      expect(await caught(createExchangeClient({ url, apiKey, fetch }).balance())).toMatchObject({
        code: 'NETWORK',
        isRetryable: true,
        isDispatched,
      });
    }
  });

  it.each([
    [
      'ECONNREFUSED',
      'Balance look-up failed at https://exchange.example.com: the exchange cannot be reached (ECONNREFUSED): nothing listens at this address. Start the exchange, or correct its URL (A2A_EXCHANGE_URL).',
    ],
    [
      'ENOTFOUND',
      'Balance look-up failed at https://exchange.example.com: the exchange cannot be reached (ENOTFOUND): there is no host of this name. Correct its URL (A2A_EXCHANGE_URL).',
    ],
    [
      'CERT_HAS_EXPIRED',
      'Balance look-up failed at https://exchange.example.com: the exchange cannot be reached (CERT_HAS_EXPIRED). Check its URL (A2A_EXCHANGE_URL) and the network, then try again.',
    ],
  ])('says why, by the code %s, and what to do', async (code, message) => {
    const { fetch } = fakeExchange(new TypeError('fetch failed', { cause: { code } }));
    const error = await caught(createExchangeClient({ url, apiKey, fetch }).balance());
    expect(error).toMatchObject({ code: 'NETWORK', message });
  });

  it('ends where the causes go in a circle', async () => {
    const circle = new Error('x');
    circle.cause = circle;
    const { fetch } = fakeExchange(circle);
    expect(await caught(createExchangeClient({ url, apiKey, fetch }).balance())).toMatchObject({
      code: 'NETWORK',
      isDispatched: true,
      cause: { message: 'x' },
    });
  });

  it('is a network error when the body breaks off', async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.error(new TypeError('terminated'));
      },
    });
    const fetch = async () => new Response(body);
    expect(await caught(createExchangeClient({ url, apiKey, fetch }).balance())).toMatchObject({
      code: 'NETWORK',
      isRetryable: true,
    });
  });

  it.each([
    ['headers', () => new Promise<Response>(() => {})],
    ['body', async () => new Response(new ReadableStream())],
  ])('times out while the %s are awaited, even if fetch does not listen', async (_, fetch) => {
    const client = createExchangeClient({ url, apiKey, fetch, timeoutMs: 20 });
    expect(await caught(client.release('e-1'))).toMatchObject({
      code: 'TIMEOUT',
      isRetryable: true,
      escrowId: 'e-1',
      message: expect.stringContaining('no response within 20 ms'),
    });
  });

  it('waits as long as it takes where no time limit is wished for', async () => {
    const fetch = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return Response.json({ account_id: 'payer' });
    };
    const timeoutMs = Number.POSITIVE_INFINITY;
    const client = createExchangeClient({ url, apiKey, fetch, timeoutMs });
    expect(await client.balance()).toMatchObject({ accountId: 'payer' });
  });

  it('gives the reason of the caller’s abort back as it is', async () => {
    const controller = new AbortController();
    const client = createExchangeClient({
      url,
      apiKey,
      fetch: () => new Promise(() => {}),
    });
    const promise = caught(client.balance({ abortSignal: controller.signal }));
    controller.abort();
    const error = await promise;
    expect(error).toBe(controller.signal.reason);
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(SettlementError.isInstance(error)).toBe(false);
  });

  it('sends nothing when the caller has aborted before', async () => {
    const { fetch, requests } = fakeExchange(json(200, balance));
    const reason = new Error('gone');
    const abortSignal = AbortSignal.abort(reason);
    const client = createExchangeClient({ url, apiKey, fetch });
    expect(await caught(client.balance({ abortSignal }))).toBe(reason);
    expect(requests).toHaveLength(0);
  });

  it('is a timeout when the caller’s signal is one', async () => {
    const client = createExchangeClient({ url, apiKey, fetch: () => new Promise(() => {}) });
    expect(await caught(client.balance({ abortSignal: AbortSignal.timeout(10) }))).toMatchObject({
      code: 'TIMEOUT',
      isRetryable: true,
    });
  });
});

function nest(depth: number, error: Error): Error {
  return depth === 0 ? error : nest(depth - 1, new Error('outer', { cause: error }));
}
