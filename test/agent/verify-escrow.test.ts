import { describe, expect, it, vi } from 'vitest';
import { type PaidMessage, verifyEscrow, type VerifyEscrowOptions } from '../../src/agent';
import { createExchange } from '../../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';

const URL = 'https://exchange.test';

describe('verifyEscrow', () => {
  it('accepts an escrow that is held for us, and reads nothing but its id from the message', async () => {
    const { hold, verify, message } = setUp();
    const escrowId = await hold(10);
    const verdict = await verify(message({ escrowId, amount: 999_999, feeAmount: 0 }));
    expect(verdict).toMatchObject({ verified: true, escrow: { escrowId, amount: 10 } });
  });

  it.each(['a2a-se', 'a2a-se.escrow'])('reads the metadata key %s', async (key) => {
    const { hold, verify } = setUp();
    const metadata = { [key]: { escrowId: await hold(10) } };
    expect(await verify({ messageId: 'm', taskId: 't', metadata })).toMatchObject({
      verified: true,
    });
  });

  it.each([`${URL}/api/v1`, `${URL}/v1/`, 'HTTPS://Exchange.test:443'])(
    'knows its own exchange as %s',
    async (exchangeUrl) => {
      const { hold, verify, message } = setUp();
      const verdict = await verify(message({ escrowId: await hold(10), exchangeUrl }));
      expect(verdict.verified).toBe(true);
    },
  );

  it('never asks an exchange that a message names', async () => {
    const { hold, verify, message, fetch } = setUp();
    const escrowId = await hold(10);
    fetch.mockClear();
    expect(await verify(message({ escrowId, exchangeUrl: 'http://evil.test' }))).toMatchObject({
      verified: false,
      reason: 'wrong-exchange',
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    ['no metadata', undefined],
    ['metadata of something else', { other: 1 }],
    ['a block without an id', { 'a2a-se': { amount: 10 } }],
  ])('refuses %s as missing', async (_, metadata) => {
    const { verify } = setUp();
    expect(await verify({ messageId: 'm', taskId: 't', metadata })).toMatchObject({
      verified: false,
      reason: 'missing',
    });
  });

  it.each(['00000000-0000-0000-0000-000000000000', '..', '../balance', 'x y', 'x'.repeat(300)])(
    'refuses the unknown id %s',
    async (escrowId) => {
      const { verify, message } = setUp();
      expect(await verify(message({ escrowId }))).toMatchObject({ reason: 'not-found' });
    },
  );

  it('refuses an escrow for another payee', async () => {
    const { hold, verify, message, stranger } = setUp();
    const escrowId = await hold(10, stranger.accountId);
    expect(await verify(message({ escrowId }))).toMatchObject({ reason: 'wrong-payee' });
  });

  it('refuses too few tokens, by a fixed or a computed price', async () => {
    const { hold, verify, message } = setUp({ price: ({ taskId }) => (taskId === 't' ? 11 : 10) });
    const escrowId = await hold(10);
    const verdict = await verify(message({ escrowId }));
    expect(verdict).toMatchObject({
      reason: 'too-little',
      message: 'The escrow holds 10 tokens; the price is 11.',
    });
    expect(await verify(message({ escrowId }, 'other'))).toMatchObject({ verified: true });
  });

  it.each(['release', 'refund'] as const)('refuses an escrow after its %s', async (operation) => {
    const { hold, verify, message, post } = setUp();
    const escrowId = await hold(10);
    await post(`/v1/exchange/${operation}`, { escrow_id: escrowId });
    expect(await verify(message({ escrowId }))).toMatchObject({ reason: 'not-held' });
  });

  it('refuses a lapsed escrow even where the exchange still calls it held', async () => {
    const held = {
      id: 'e-1',
      requester_id: 'payer',
      provider_id: 'agent',
      amount: 10,
      fee_amount: 1,
      status: 'held',
      // No time zone: the reference exchange on SQLite writes UTC so.
      expires_at: '2026-11-21T00:53:24.776924',
    };
    const verdictAt = (now: string) =>
      verifyEscrow({
        exchangeUrl: URL,
        apiKey: 'ate_x',
        accountId: 'agent',
        price: 10,
        fetch: async () => Response.json(held),
        now: () => new Date(now),
      })({ messageId: 'm', taskId: 't', metadata: { 'a2a-se': { escrowId: 'e-1' } } });

    expect(await verdictAt('2026-11-21T00:53:24.000Z')).toMatchObject({ verified: true });
    expect(await verdictAt('2026-11-21T00:53:25.000Z')).toMatchObject({ reason: 'expired' });
  });

  it('lets an escrow pay for one task only, for all of its turns', async () => {
    const { hold, verify, message } = setUp();
    const escrowId = await hold(10);
    const verdicts = await Promise.all([
      verify(message({ escrowId }, 'task-1')),
      verify(message({ escrowId }, 'task-2')),
    ]);
    expect(verdicts.map((verdict) => verdict.verified)).toEqual([true, false]);
    expect(verdicts[1]).toMatchObject({ reason: 'already-used' });
    expect(await verify(message({ escrowId }, 'task-1'))).toMatchObject({ verified: true });
  });

  it('takes an escrow of its caller alone, where it knows its callers', async () => {
    const { hold, payer, verifyWith, message } = setUp();
    const escrowId = await hold(10);
    const verdictOf = (requester: string | undefined) =>
      verifyWith({ requester: async () => requester })(message({ escrowId }));
    expect(await verdictOf(payer.accountId)).toMatchObject({ verified: true });
    expect(await verdictOf('somebody')).toMatchObject({ reason: 'wrong-requester' });
    expect(await verdictOf(undefined)).toMatchObject({ reason: 'wrong-requester' });
  });

  it('takes no escrow that ends before the work may', async () => {
    const { hold, verifyWith, message } = setUp();
    const escrowId = await hold(10);
    const verdictOf = (minLeftMs: number) => verifyWith({ minLeftMs })(message({ escrowId }));
    expect(await verdictOf(60_000)).toMatchObject({ verified: true });
    expect(await verdictOf(90 * 86_400_000)).toMatchObject({ reason: 'expires-soon' });
    expect(() => verifyWith({ minLeftMs: Number.NaN })).toThrow('minLeftMs');
  });

  it('takes no escrow for a price that is no number', async () => {
    const { hold, verify, message } = setUp({ price: () => Number('ten') });
    expect(await verify(message({ escrowId: await hold(1) }))).toMatchObject({
      reason: 'too-little',
    });
  });

  it('verifies nothing while its bindings cannot be asked', async () => {
    const bindings = { bind: () => Promise.reject(new Error('redis://user:secret@host is down')) };
    const { hold, verify, message } = setUp({ bindings });
    const verdict = await verify(message({ escrowId: await hold(10) }));
    expect(verdict).toMatchObject({ verified: false, reason: 'unverifiable' });
    expect(JSON.stringify(verdict)).not.toContain('secret');
  });

  it.each([
    ['UNAUTHORIZED', async () => Response.json({ detail: 'Invalid API key' }, { status: 401 })],
    ['RATE_LIMITED', async () => Response.json({ error: 'Rate limit' }, { status: 429 })],
    ['UPSTREAM', async () => new Response('Internal Server Error', { status: 500 })],
    ['UNEXPECTED_ANSWER', async () => Response.json({ hello: 'world' })],
    ['UNEXPECTED_ANSWER', async () => new Response('<html>')],
    ['UNEXPECTED_ANSWER', async () => Response.redirect('http://evil.test/', 302)],
    ['NETWORK', () => Promise.reject(new TypeError('fetch failed'))],
    ['TIMEOUT', hang],
  ])('says why it cannot verify: %s', async (code, fetch) => {
    const verify = verifyEscrow({
      exchangeUrl: URL,
      apiKey: 'ate_secret',
      accountId: 'agent',
      price: 10,
      fetch,
      timeoutMs: code === 'TIMEOUT' ? 20 : 60_000,
    });
    const verdict = await verify({
      messageId: 'm',
      taskId: 't',
      metadata: { 'a2a-se': { escrowId: 'e-1' } },
    });
    expect(verdict).toMatchObject({ verified: false, reason: 'unverifiable', error: { code } });
    expect(JSON.stringify(verdict)).not.toContain('ate_secret');
  });
});

function setUp({
  price = 10,
  bindings,
}: Partial<Pick<VerifyEscrowOptions, 'bindings' | 'price'>> = {}) {
  const exchange = createExchange();
  const payer = exchange.register('payer', { tokens: 1000 });
  const agent = exchange.register('agent');
  const stranger = exchange.register('stranger');
  const fetch = vi.fn(inProcessFetch(URL, exchange.fetch));

  const post = async (path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(URL + path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${payer.apiKey}`, 'content-type': 'application/json' },
    });
    return response.json();
  };

  return {
    stranger,
    fetch,
    post,
    hold: async (amount: number, provider = agent.accountId): Promise<string> => {
      const escrow = await post('/v1/exchange/escrow', { provider_id: provider, amount });
      expect(escrow).toMatchObject({ escrow_id: expect.any(String) });
      return exchange.ledger().escrows.at(-1)?.id ?? '';
    },
    verify: verifyEscrow({ exchangeUrl: URL, ...agent, price, bindings, fetch }),
    verifyWith: (options: Partial<VerifyEscrowOptions>) =>
      verifyEscrow({ exchangeUrl: URL, ...agent, price, fetch, ...options }),
    payer,
    message: (block: Record<string, unknown>, taskId = 't'): PaidMessage => ({
      messageId: crypto.randomUUID(),
      taskId,
      metadata: { 'a2a-se': block },
    }),
  };
}

function hang(_: unknown, init?: RequestInit): Promise<Response> {
  return new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
  });
}
