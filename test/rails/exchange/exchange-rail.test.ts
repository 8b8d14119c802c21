import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createExchangeClient } from '../../../src/rails/exchange/exchange-client';
import { exchangeRail } from '../../../src/rails/exchange/exchange-rail';
import { SETTLEMENT_EXTENSION_URI } from '../../../src/rails/exchange/schemas';
import { created, fakeExchange, json, looked } from './fake-exchange';
import { exchangeUrl, sandboxExchange } from './sandbox-exchange';

beforeEach(() => {
  for (const name of ['A2A_EXCHANGE_URL', 'A2A_PAYER_API_KEY', 'A2A_API_KEY']) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(() => vi.unstubAllEnvs());

function setUp() {
  const sandbox = sandboxExchange();
  const { fetch, payer, agent } = sandbox;
  const railOf = (apiKey: string) => exchangeRail({ exchangeUrl, apiKey, fetch });
  const rail = railOf(payer.apiKey);
  const request = { taskId: 't-1', payee: agent.accountId, amount: 50, ttlMinutes: 5 };
  const available = async ({ apiKey }: { apiKey: string }) =>
    (await createExchangeClient({ url: exchangeUrl, apiKey, fetch }).balance()).available;
  return { ...sandbox, rail, railOf, request, available };
}

describe('hold', () => {
  it('holds what was asked for', async () => {
    const { rail, request, payer, available } = setUp();
    expect(await rail.hold({ ...request, taskType: 'scrape' })).toEqual({
      rail: 'a2a-se',
      taskId: 't-1',
      escrowId: expect.any(String),
      payee: request.payee,
      amount: 50,
      fee: 1,
      currency: 'ATE',
      exchangeUrl: `${exchangeUrl}/v1`,
      expiresAt: expect.any(Date),
    });
    expect(await available(payer)).toBe(49);
  });

  it('holds once when it is repeated', async () => {
    const { rail, request, payer, available } = setUp();
    const [first, second] = [await rail.hold(request), await rail.hold(request)];
    expect(second).toEqual(first);
    expect(await available(payer)).toBe(49);
  });

  it('says what is short', async () => {
    const { rail, request } = setUp();
    await expect(rail.hold({ ...request, amount: 5000 })).rejects.toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
      need: 5013,
      have: 100,
      isRetryable: false,
    });
  });

  it('says why it refuses', async () => {
    const { rail, railOf, request, payer } = setUp();
    await rail.hold(request);
    await expect(rail.hold({ ...request, amount: 49 })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
    await expect(
      rail.hold({ ...request, taskId: 't-2', payee: payer.accountId }),
    ).rejects.toMatchObject({ code: 'SELF_ESCROW' });
    await expect(
      rail.hold({ ...request, taskId: 't-3', payee: 'nobody', amount: 1 }),
    ).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
    await expect(railOf('ate_unknown').hold(request)).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
  });

  it('names the escrow there is when the task has one', async () => {
    const { rail, request, payer, fetch } = setUp();
    const client = createExchangeClient({ url: exchangeUrl, apiKey: payer.apiKey, fetch });
    const { escrowId } = await client.hold({
      providerId: request.payee,
      amount: 1,
      taskId: request.taskId,
    });
    await expect(rail.hold(request)).rejects.toMatchObject({ code: 'DUPLICATE_TASK', escrowId });
  });

  it.each([
    [{ amount: 0 }, 'INVALID_AMOUNT'],
    [{ amount: 1.5 }, 'INVALID_AMOUNT'],
    [{ amount: 10_001 }, 'INVALID_AMOUNT'],
    [{ ttlMinutes: 0 }, 'VALIDATION'],
    [{ taskId: 'x'.repeat(256) }, 'VALIDATION'],
    [{ taskId: '' }, 'VALIDATION'],
    [{ payee: '' }, 'VALIDATION'],
  ])('sends nothing for %j', async (change, code) => {
    const { rail, request, requests } = setUp();
    await expect(rail.hold({ ...request, ...change })).rejects.toMatchObject({ code });
    expect(requests).toHaveLength(0);
  });

  it.each([
    [{ provider_id: 'thief' }, 'payee'],
    [{ amount: 11 }, 'amount'],
    [{ status: 'disputed' }, 'status'],
  ])('does not take an answer with %j', async (change, what) => {
    const { fetch } = fakeExchange(json(201, { ...created, ...change }));
    const rail = exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch });
    await expect(
      rail.hold({ taskId: 't-1', payee: 'agent-1', amount: 10, ttlMinutes: 5 }),
    ).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      escrowId: 'e-1',
      message: expect.stringContaining(`another ${what} than requested`),
    });
  });
});

describe('release', () => {
  it('pays the agent, and says so again when repeated', async () => {
    const { rail, request, agent, available } = setUp();
    const hold = await rail.hold(request);
    const released = { status: 'released', amount: 50, fee: 1 };
    expect(await rail.release(hold)).toEqual(released);
    expect(await rail.release(hold)).toEqual(released);
    expect(await available(agent)).toBe(150);
  });

  it('succeeds when it was released under another key, whatever the look-up says', async () => {
    const { rail, request, payer, fetch } = setUp();
    const hold = await rail.hold(request);
    const client = createExchangeClient({ url: exchangeUrl, apiKey: payer.apiKey, fetch });
    await client.release(hold.escrowId);
    const released = { status: 'released', amount: 50, fee: 1 };
    expect(await rail.release(hold)).toEqual(released);

    const broken = fakeExchange(
      json(400, { detail: 'Escrow is already released' }),
      new Response('Internal Server Error', { status: 500 }),
    );
    const again = exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch: broken.fetch });
    expect(await again.release(hold)).toEqual(released);
  });

  it('pays a part, and tells the exchange’s own numbers, also when repeated', async () => {
    const { rail, request, agent, payer, available } = setUp();
    const hold = await rail.hold({ ...request, amount: 7 });
    const part = { status: 'partially-released', amount: 3, fee: 0, returned: 5 };
    expect(await rail.release(hold, { amount: 3.5 })).toEqual(part);
    expect(await rail.release(hold, { amount: 3.5 })).toEqual(part);
    // Another amount is another request: it finds the escrow released, and looks it up.
    expect(await rail.release(hold, { amount: 6 })).toEqual(part);
    expect(await rail.release(hold)).toEqual(part);
    expect([await available(agent), await available(payer)]).toEqual([103, 97]);
  });

  it.each([
    [0.001, 1],
    [1, 2],
    [24.6, 50],
    [49.9, 99],
  ])('of %d of 50 asks for %d percent', async (amount, percent) => {
    const { rail, request, requests } = setUp();
    const hold = await rail.hold(request);
    await rail.release(hold, { amount });
    expect(requests.at(-1)?.url).toBe(
      `${exchangeUrl}/v1/exchange/escrow/${hold.escrowId}/partial-release`,
    );
    expect(requests.at(-1)?.body).toBe(
      JSON.stringify({ escrow_id: hold.escrowId, release_percent: percent }),
    );
  });

  it('of one percent that rounds to nothing is still a part', async () => {
    const { rail, request } = setUp();
    const hold = await rail.hold({ ...request, amount: 7 });
    const nothing = { status: 'partially-released', amount: 0, fee: 0, returned: 8 };
    expect(await rail.release(hold, { amount: 0.01 })).toEqual(nothing);
    expect(await rail.release(hold)).toEqual(nothing);
  });

  it('of all or more is a release, of nothing a refund', async () => {
    const { rail, request } = setUp();
    const all = await rail.hold({ ...request, amount: 20 });
    expect(await rail.release(all, { amount: 25 })).toMatchObject({
      status: 'released',
      amount: 20,
    });
    const none = await rail.hold({ ...request, taskId: 't-2', amount: 20 });
    expect(await rail.release(none, { amount: 0 })).toEqual({ status: 'refunded', returned: 21 });
  });

  it.each([-1, Number.NaN])('refuses the amount %d', async (amount) => {
    const { rail, request } = setUp();
    const hold = await rail.hold(request);
    await expect(rail.release(hold, { amount })).rejects.toMatchObject({ code: 'INVALID_AMOUNT' });
  });

  it.each([undefined, 5])('is late for a hold that has lapsed (amount %s)', async (amount) => {
    const { rail, request, passMinutes, payer, available } = setUp();
    const hold = await rail.hold(request);
    passMinutes(6);
    expect(await rail.release(hold, { amount })).toEqual({ status: 'late' });
    expect(await available(payer)).toBe(100);
  });

  it.each([undefined, 5])('fails for a refunded hold (amount %s)', async (amount) => {
    const { rail, request, agent, available } = setUp();
    const hold = await rail.hold(request);
    await rail.refund(hold);
    await expect(rail.release(hold, { amount })).rejects.toMatchObject({
      code: 'ALREADY_SETTLED',
      state: 'refunded',
      isRetryable: false,
    });
    expect(await available(agent)).toBe(100);
  });

  it('fails for the hold of another payer', async () => {
    const { rail, railOf, request, other } = setUp();
    const hold = await rail.hold(request);
    await expect(railOf(other.apiKey).release(hold)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      escrowId: hold.escrowId,
    });
  });

  it.each(['held', 'refunded', 'expired', 'disputed'])(
    'does not take an answer that says %s',
    async (status) => {
      const { rail, request } = setUp();
      const hold = await rail.hold(request);
      const { fetch } = fakeExchange(json(200, { escrow_id: hold.escrowId, status }));
      await expect(
        exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch }).release(hold),
      ).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER', state: status });
    },
  );
});

describe('refund', () => {
  it('gives everything back, and says so again, for whatever reason', async () => {
    const { rail, request, payer, available } = setUp();
    const hold = await rail.hold(request);
    const refunded = { status: 'refunded', returned: 51 };
    expect(await rail.refund(hold, { reason: 'task-failed' })).toEqual(refunded);
    expect(await rail.refund(hold, { reason: 'task-failed' })).toEqual(refunded);
    expect(await rail.refund(hold, { reason: 'reconciled' })).toEqual(refunded);
    expect(await rail.refund(hold)).toEqual(refunded);
    expect(await available(payer)).toBe(100);
  });

  it('is what has happened to a hold that lapsed', async () => {
    const { rail, request, passMinutes } = setUp();
    const hold = await rail.hold(request);
    passMinutes(6);
    expect(await rail.refund(hold)).toEqual({ status: 'refunded', returned: 51 });
  });

  it('takes a holdback that came back', async () => {
    const { rail, request } = setUp();
    const hold = await rail.hold(request);
    const { fetch } = fakeExchange(
      json(200, { escrow_id: hold.escrowId, status: 'released', amount_returned: 20 }),
    );
    expect(await exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch }).refund(hold)).toEqual({
      status: 'refunded',
      returned: 20,
    });
  });

  it('fails for a released hold', async () => {
    const { rail, request, agent, available } = setUp();
    const hold = await rail.hold(request);
    await rail.release(hold);
    await expect(rail.refund(hold)).rejects.toMatchObject({
      code: 'ALREADY_SETTLED',
      state: 'released',
      escrowId: hold.escrowId,
    });
    expect(await available(agent)).toBe(150);
  });
});

describe('idempotency keys', () => {
  it('are on every POST, none like another, and the same on another machine', async () => {
    const { rail, railOf, request, payer, requests } = setUp();
    const first = await rail.hold(request);
    await rail.release(first);
    await railOf(payer.apiKey).release(first);
    const second = await rail.hold({ ...request, taskId: 't-2', amount: 20 });
    await rail.refund(second);
    await rail.release(second, { amount: 5 }).catch(() => {});
    const keys = requests
      .filter(({ method }) => method === 'POST')
      .map(({ headers }) => headers.get('idempotency-key'));
    expect(keys).toHaveLength(6);
    for (const key of keys) {
      expect(key).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(keys[1]).toBe(keys[2]);
    expect(new Set(keys).size).toBe(5);
  });
});

describe('find', () => {
  it('finds a live hold by its task', async () => {
    const { rail, request } = setUp();
    const hold = await rail.hold(request);
    expect(await rail.find?.('t-1')).toEqual(hold);
    expect(await rail.find?.('t-2')).toBeUndefined();
    await rail.refund(hold);
    expect(await rail.find?.('t-1')).toBeUndefined();
  });

  it('does not find what others hold for this account under the same task', async () => {
    const { rail, railOf, request, payer, agent } = setUp();
    await railOf(agent.apiKey).hold({ ...request, payee: payer.accountId });
    expect(await rail.find?.('t-1')).toBeUndefined();
    const hold = await rail.hold(request);
    expect(await rail.find?.('t-1')).toEqual(hold);
  });

  it('does not rely on the exchange’s filters, and reads its times as UTC', async () => {
    const { fetch } = fakeExchange(
      json(200, {
        escrows: [
          { ...looked, id: 'e-7', task_id: 't-7' },
          { ...looked, id: 'e-8', status: 'released' },
          { ...looked, id: 'e-9', requester_id: 'somebody' },
          looked,
        ],
        total: 4,
      }),
      json(200, { account_id: 'payer-1' }),
    );
    const rail = exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch });
    expect(await rail.find?.('t-1')).toMatchObject({
      escrowId: 'e-1',
      amount: 7,
      fee: 1,
      expiresAt: new Date('2030-01-01T00:00:00.123Z'),
    });
  });
});

describe('decorate', () => {
  it('tells the agent which escrow to look up', async () => {
    const { rail, request } = setUp();
    const hold = await rail.hold(request);
    expect(rail.decorate(hold)).toEqual({
      metadata: {
        'a2a-se': {
          escrowId: hold.escrowId,
          amount: 50,
          feeAmount: 1,
          exchangeUrl: `${exchangeUrl}/v1`,
          expiresAt: hold.expiresAt.toISOString(),
        },
      },
      extensions: [SETTLEMENT_EXTENSION_URI],
    });
  });
});

describe('configuration', () => {
  it('is read when it is needed', async () => {
    const { fetch, payer, request, requests } = setUp();
    const rail = exchangeRail({ fetch });
    expect(() => rail.assertConfigured()).toThrow(
      expect.objectContaining({
        code: 'NOT_CONFIGURED',
        message: expect.stringContaining('A2A_PAYER_API_KEY'),
      }),
    );
    await expect(rail.hold(request)).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });

    vi.stubEnv('A2A_EXCHANGE_URL', `${exchangeUrl}/api/v1`);
    vi.stubEnv('A2A_API_KEY', 'ate_another');
    vi.stubEnv('A2A_PAYER_API_KEY', payer.apiKey);
    rail.assertConfigured();
    const hold = await rail.hold(request);
    expect(hold.exchangeUrl).toBe(`${exchangeUrl}/api/v1`);
    expect(requests[0]?.url).toBe(`${exchangeUrl}/api/v1/exchange/escrow`);
  });

  it('falls back to A2A_API_KEY and to the public sandbox', async () => {
    const { fetch, requests } = fakeExchange(json(200, { escrows: [] }));
    vi.stubEnv('A2A_PAYER_API_KEY', '');
    vi.stubEnv('A2A_API_KEY', 'ate_fallback');
    await exchangeRail({ fetch }).find?.('t-1');
    expect(requests[0]?.url).toContain('https://sandbox.a2a-settlement.org/v1/exchange/escrows?');
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer ate_fallback');
  });

  it('tells once that nobody has said which exchange the key goes to', async () => {
    const { fetch, payer } = setUp();
    const rail = exchangeRail({ apiKey: payer.apiKey, fetch });
    expect(rail.notice?.()).toBeUndefined();
    await rail.find?.('t-1').catch(() => {});
    expect(rail.notice?.()).toMatch(/A2A_EXCHANGE_URL.*https:\/\/sandbox\.a2a-settlement\.org/);
    await rail.find?.('t-1').catch(() => {});
    expect(rail.notice?.()).toBeUndefined();

    const without = exchangeRail({ fetch });
    expect(() => without.assertConfigured()).toThrow();
    expect(without.notice?.()).toBeUndefined();

    const told = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch });
    await told.find?.('t-1');
    expect(told.notice?.()).toBeUndefined();
    vi.stubEnv('A2A_EXCHANGE_URL', 'https://sandbox.a2a-settlement.org');
    const meant = exchangeRail({ apiKey: payer.apiKey, fetch });
    await meant.find?.('t-1').catch(() => {});
    expect(meant.notice?.()).toBeUndefined();
  });

  it.each([
    { exchangeUrl, apiKey: '' },
    { exchangeUrl, apiKey: 'hunter2\u0000' },
  ])('is refused: %j', (options) => {
    expect(() => exchangeRail(options).assertConfigured()).toThrow(
      expect.objectContaining({
        code: 'NOT_CONFIGURED',
        message: expect.not.stringContaining('hunter2'),
      }),
    );
  });

  it.each([
    ['exchange.example.com', 'not a URL'],
    ['127.0.0.1:4000', 'not a URL'],
    ['localhost:4000', 'https://'],
    ['http://exchange.example.com', 'send the API key'],
    ['https://u:hunter2@h.org', 'password'],
  ])('an exchange URL that cannot be used is refused when the rail is made: %s', (url, why) => {
    expect(() => exchangeRail({ exchangeUrl: url })).toThrow(
      expect.objectContaining({
        name: 'AI_InvalidArgumentError',
        message: expect.stringContaining(why),
      }),
    );
    expect(() => exchangeRail({ exchangeUrl: url })).not.toThrow('hunter2');
  });

  it('a misspelt option is refused', () => {
    const misspelt: object = { apikey: 'hunter2' };
    expect(() => exchangeRail(misspelt)).toThrow(
      '`exchangeRail` has no option `apikey`. Did you mean `apiKey`?',
    );
  });

  it('an empty exchange URL is one that is not set', () => {
    vi.stubEnv('A2A_EXCHANGE_URL', 'https://u:p@set.example.com');
    const rail = exchangeRail({ exchangeUrl: '', apiKey: 'ate_1' });
    expect(() => rail.assertConfigured()).toThrow('password');
  });

  it('decides where the key goes: not the hold, nor the card', async () => {
    const { rail, request, requests } = setUp();
    const hold = await rail.hold(request);
    const sent = requests.length;
    const foreign = { ...hold, exchangeUrl: 'https://evil.example.com/v1' };
    for (const settle of [rail.release(foreign), rail.refund(foreign)]) {
      await expect(settle).rejects.toMatchObject({
        code: 'NOT_CONFIGURED',
        message: expect.stringContaining('https://evil.example.com'),
      });
    }
    expect(requests).toHaveLength(sent);
    expect(await rail.release({ ...hold, exchangeUrl: `${exchangeUrl}/api/v1/` })).toMatchObject({
      status: 'released',
    });
  });

  it('reads the terms of a card for the configured exchange', () => {
    const card = {
      capabilities: {
        extensions: [
          {
            uri: SETTLEMENT_EXTENSION_URI,
            required: true,
            params: {
              accountIds: { [`${exchangeUrl}/api/v1`]: 'ours', 'https://x.org/api/v1': 'theirs' },
              pricing: { scrape: { baseTokens: 12, model: 'per-request' } },
            },
          },
        ],
      },
    };
    vi.stubEnv('A2A_EXCHANGE_URL', 'https://x.org');
    expect(exchangeRail({ exchangeUrl }).terms(card, { skill: 'scrape' })).toMatchObject({
      payee: 'ours',
      amount: 12,
      required: true,
    });
    expect(exchangeRail().terms(card, {})?.payee).toBe('theirs');
    expect(exchangeRail().terms({}, {})).toBeUndefined();
  });
});

it('lets an abort through as it is', async () => {
  const { rail, request } = setUp();
  const hold = await rail.hold(request);
  const abortSignal = AbortSignal.abort();
  await expect(rail.release(hold, { abortSignal })).rejects.toBe(abortSignal.reason);
  await expect(rail.refund(hold, { abortSignal })).rejects.toBe(abortSignal.reason);
  await expect(rail.find?.('t-1', { abortSignal })).rejects.toBe(abortSignal.reason);
});

describe('dispute', () => {
  const dispute = { reason: 'verification-failed', stake: 10 };

  it('freezes the hold and the stake, and may be repeated', async () => {
    const { rail, request, ledger } = setUp();
    const hold = await rail.hold(request);
    expect(await rail.dispute?.(hold, dispute)).toEqual({ status: 'disputed', stake: 10 });
    expect(await rail.dispute?.(hold, dispute)).toEqual({ status: 'disputed', stake: 10 });
    expect(await rail.dispute?.(hold, { ...dispute, stake: 12 })).toMatchObject({
      status: 'disputed',
    });
    expect(ledger().escrows[0]?.status).toBe('evidence_pending');
  });

  it('says what is short', async () => {
    const { rail, request } = setUp();
    const hold = await rail.hold(request);
    await expect(rail.dispute?.(hold, { ...dispute, stake: 500 })).rejects.toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
      isRetryable: false,
    });
  });

  it('of what went back already is a refund, of what was paid an error', async () => {
    const { rail, request, passMinutes } = setUp();
    const refunded = await rail.hold(request);
    await rail.refund(refunded);
    expect(await rail.dispute?.(refunded, dispute)).toEqual({ status: 'refunded', returned: 51 });
    const released = await rail.hold({ ...request, taskId: 't-2', amount: 10 });
    await rail.release(released);
    await expect(rail.dispute?.(released, dispute)).rejects.toMatchObject({
      code: 'ALREADY_SETTLED',
      state: 'released',
    });
    const lapsed = await rail.hold({ ...request, taskId: 't-3', amount: 10 });
    passMinutes(6);
    expect(await rail.dispute?.(lapsed, dispute)).toEqual({ status: 'refunded', returned: 11 });
  });
});

it.each([
  [{ 'a2a-se': { creditsUsed: 3.5 } }, 3.5],
  [{ 'a2a-se': { creditsUsed: '3' } }, undefined],
  [{ 'a2a-se': { settlementStatus: 'acknowledged' } }, undefined],
  [{ creditsUsed: 3 }, undefined],
  [undefined, undefined],
  ['a2a-se', undefined],
])('reads from %j that %s tokens were used', (metadata, used) => {
  expect(setUp().rail.reportedUse?.(metadata)).toBe(used);
});

describe('prices to be agreed on', () => {
  it.each([
    [
      { proposedPrice: 150, currency: 'ATE' },
      { price: 150, currency: 'ATE' },
    ],
    [{ proposedPrice: 150, counterPrice: 100, agreedPrice: 120 }, { price: 120 }],
    [{ proposedPrice: 150, counterPrice: 100 }, { price: 150 }],
    [{ counterPrice: 130, currency: 7 }, { price: 130 }],
    [{ agreedPrice: null, proposedPrice: 0 }, { price: 0 }],
    [{ proposedPrice: '150' }, { price: Number.NaN }],
    [{ proposedPrice: { tokens: 150 } }, { price: Number.NaN }],
    [{ settlementStatus: 'acknowledged' }, undefined],
    [null, undefined],
    ['150', undefined],
  ])('reads %j', (block, proposal) => {
    expect(setUp().rail.proposal?.({ 'a2a-se': block })).toEqual(proposal);
  });

  it.each([undefined, null, 'a2a-se', { proposedPrice: 150 }])('finds none in %j', (metadata) => {
    expect(setUp().rail.proposal?.(metadata)).toBeUndefined();
  });

  it('offers nothing, a counter, and what was agreed on, with the hold or without', async () => {
    const { rail, request } = setUp();
    const extensions = ['https://a2a-settlement.org/extensions/settlement/v1'];
    expect(rail.decorateOffer?.({})).toEqual({ metadata: {}, extensions });
    for (const offer of [{ counterPrice: 90 }, { agreedPrice: 0 }]) {
      expect(rail.decorateOffer?.(offer)).toEqual({ metadata: { 'a2a-se': offer }, extensions });
    }
    const hold = await rail.hold(request);
    const agreement = { agreedPrice: hold.amount };
    expect(rail.decorate(hold, agreement)).toMatchObject({
      metadata: { 'a2a-se': { escrowId: hold.escrowId, agreedPrice: hold.amount } },
      extensions,
    });
    expect(rail.decorate(hold).metadata['a2a-se']).not.toHaveProperty('agreedPrice');
  });
});
