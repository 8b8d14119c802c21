import { describe, expect, it } from 'vitest';
import {
  createExchange,
  type ExchangeOptions,
} from '../../../src/sandbox/exchange/create-exchange';
import { connect, fakeClock } from './exchange-client';

function setUp(options: ExchangeOptions = {}) {
  const exchange = createExchange(options);
  const payer = exchange.register('payer');
  const payee = exchange.register('payee');
  return {
    exchange,
    payeeId: payee.accountId,
    apiKey: payer.apiKey,
    anyone: connect(exchange),
    payer: connect(exchange, payer.apiKey),
  };
}

describe('register', () => {
  it('makes keys and ids of the exchange’s form, and takes another start balance', async () => {
    const exchange = createExchange({ starterTokens: 7 });
    const rich = exchange.register('rich', { tokens: 5000 });
    const usual = exchange.register('usual');

    expect(rich.apiKey).toMatch(/^ate_[0-9a-f]{32}$/);
    expect(rich.accountId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await connect(exchange, rich.apiKey).balance()).toMatchObject({ available: 5000 });
    expect(await connect(exchange, usual.apiKey).balance()).toMatchObject({ available: 7 });
    expect(exchange.ledger()).toMatchObject({ minted: 5007, treasury: 0, escrows: [] });
  });

  it('refuses tokens that are no whole number', () => {
    expect(() => createExchange().register('x', { tokens: 1.5 })).toThrow('out of range');
    expect(() => createExchange().register('x', { tokens: -1 })).toThrow('out of range');
  });

  it('lets nobody be a gateway', async () => {
    const answer = await setUp().anyone.post('/accounts/register', {
      bot_name: 'g',
      developer_id: 'd',
      developer_name: 'D',
      contact_email: 'd@example.com',
      account_type: 'gateway',
    });
    expect(answer).toMatchObject({
      status: 403,
      body: { detail: 'Gateway registration is not enabled on this exchange' },
    });
  });
});

describe('accounts', () => {
  it('are public without e-mail and limit', async () => {
    const { anyone, payeeId } = setUp();
    const answer = await anyone.get(`/accounts/${payeeId}`);
    expect(answer.body).toMatchObject({ id: payeeId, bot_name: 'payee', account_type: 'agent' });
    expect(answer.body).not.toHaveProperty('contact_email');
    expect(answer.body).not.toHaveProperty('daily_spend_limit');
    expect(await anyone.get('/accounts/nope')).toMatchObject({
      status: 404,
      body: { detail: 'Account not found' },
    });
  });

  it('are listed best first, page by page, the skill looked for within the page', async () => {
    const { anyone, payer, payeeId } = setUp();
    await payer.post('/exchange/release', {
      escrow_id: await payer.hold({ provider_id: payeeId, amount: 1 }),
    });
    const list = (query: string) => anyone.get(`/accounts/directory?${query}`);

    expect((await list('limit=1')).body).toMatchObject({ count: 1, bots: [{ id: payeeId }] });
    expect((await list('offset=1')).body).toMatchObject({
      count: 1,
      bots: [{ bot_name: 'payer' }],
    });
    expect((await list('skill=x')).body).toEqual({ count: 0, bots: [] });
    expect((await list('gateway_id=x')).body).toEqual({ count: 0, bots: [] });
    expect(await list('limit=x')).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'int_parsing', loc: ['query', 'limit'], input: 'x' }] },
    });
  });
});

describe('lists', () => {
  it('come newest first and page by page', async () => {
    const { payer, payeeId } = setUp();
    const ids = [];
    for (const task of ['a', 'b', 'c']) {
      ids.unshift(await payer.hold({ provider_id: payeeId, amount: 1, task_id: task }));
    }
    const list = async (query: string) => (await payer.get(`/exchange/escrows?${query}`)).body;

    expect(await list('')).toMatchObject({ total: 3, escrows: ids.map((id) => ({ id })) });
    expect(await list('limit=1&offset=1')).toMatchObject({ total: 3, escrows: [{ id: ids[1] }] });
    expect(await list('limit=-1&status=held&group_id=none')).toEqual({ total: 0, escrows: [] });
    expect((await payer.get('/exchange/transactions?limit=2')).body).toMatchObject({
      transactions: [{ escrow_id: ids[0] }, { escrow_id: ids[1] }],
    });
  });
});

describe('requests', () => {
  it('keep their id, or get one', async () => {
    const { anyone } = setUp();
    const given = await anyone.send('GET', '/v1/nothing', { headers: { 'x-request-id': 'mine' } });
    expect(given.headers.get('x-request-id')).toBe('mine');
    const made = await anyone.get('/exchange/balance');
    expect(made.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{12}$/);
  });

  it('are sent on from a trailing slash, and refused by the wrong method', async () => {
    const { anyone, payer } = setUp();
    const slash = await payer.get('/exchange/escrows/?status=held');
    expect(slash.status).toBe(307);
    expect(slash.headers.get('location')).toBe(
      'http://exchange.test/v1/exchange/escrows?status=held',
    );
    expect(await anyone.get('/nothing/')).toMatchObject({ status: 404 });
    expect(await anyone.send('DELETE', '/health')).toMatchObject({
      status: 405,
      body: { detail: 'Method Not Allowed' },
    });
  });

  it('are repeated under their idempotency key by anyone for a day, with a new request id', async () => {
    const clock = fakeClock();
    const { anyone, payer, payeeId } = setUp({ now: clock.now });
    const body = { provider_id: payeeId, amount: 1 };
    const key = { 'idempotency-key': 'k' };

    const first = await payer.post('/exchange/escrow', body, key);
    const again = await anyone.post('/anything', body, key);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));

    clock.advanceMinutes(24 * 60 + 1);
    expect(await anyone.post('/anything', body, key)).toMatchObject({ status: 404 });
  });

  it('may be signed, and the signature then has to be right', async () => {
    const { exchange, apiKey, payeeId } = setUp({ requireSignatures: true });
    const body = JSON.stringify({ provider_id: payeeId, amount: 1 });
    const path = '/api/v1/exchange/escrow';
    const send = async (timestamp: number, signedPath: string) => {
      const signature = await sign(apiKey, `${timestamp}POST${signedPath}${body}`);
      const headers = { 'x-a2a-timestamp': `${timestamp}`, 'x-a2a-signature': signature };
      return connect(exchange, apiKey).send('POST', path, { body, headers });
    };
    const now = Math.floor(Date.now() / 1000);

    expect(await send(now, path)).toMatchObject({ status: 201 });
    const invalid = { status: 401, body: { detail: 'Invalid request signature' } };
    expect(await send(now, '/exchange/escrow')).toMatchObject(invalid);
    expect(await send(now - 310, path)).toMatchObject(invalid);
    expect(await connect(exchange, apiKey).get('/exchange/balance')).toMatchObject({
      status: 401,
      body: {
        detail: 'Request signature required. Provide X-A2A-Signature and X-A2A-Timestamp headers.',
      },
    });
  });

  it('are limited by path and minute when that is asked for', async () => {
    const clock = fakeClock();
    const { payer } = setUp({ now: clock.now, rateLimit: { perMinute: 2 } });
    const balance = () => payer.get('/exchange/balance');

    expect(await balance()).toMatchObject({ status: 200 });
    expect(await balance()).toMatchObject({ status: 200 });
    const refused = await balance();
    expect(refused).toMatchObject({
      status: 429,
      body: { error: 'Rate limit exceeded: 2 per 1 minute' },
    });
    expect(refused.headers.has('retry-after')).toBe(false);
    expect(await payer.send('GET', '/api/v1/exchange/balance')).toMatchObject({ status: 200 });
    clock.advanceMinutes(1);
    expect(await balance()).toMatchObject({ status: 200 });
  });
});

async function sign(key: string, message: string): Promise<string> {
  const encoder = new TextEncoder();
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const secret = await crypto.subtle.importKey('raw', encoder.encode(key), hmac, false, ['sign']);
  const signature = await crypto.subtle.sign('HMAC', secret, encoder.encode(message));
  return Array.from(new Uint8Array(signature), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
}
