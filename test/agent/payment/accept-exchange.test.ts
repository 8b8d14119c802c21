import { Role } from '@a2a-js/sdk';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  acceptExchange,
  type AcceptedPayment,
  type AcceptExchangeOptions,
  type PaidRequest,
} from '../../../src/agent';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';

const exchangeUrl = 'https://one.test';
const elsewhere = 'https://two.test/api/v1';

type Options = Partial<Record<keyof AcceptExchangeOptions, unknown>>;

function meet(options: Options = {}) {
  const exchanges = new Map(
    [exchangeUrl, elsewhere].map((url) => [new URL(url).origin, createExchange()]),
  );
  const at = (url: string) => exchanges.get(new URL(url).origin) ?? createExchange();
  const asked: string[] = [];
  let isHung = false;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    asked.push(new URL(request.url).origin);
    if (isHung) return new Promise<Response>(() => {});
    return at(request.url).fetch(request);
  };
  const [one, two] = [exchangeUrl, elsewhere].map((url) => ({
    url,
    buyer: at(url).register('buyer', { tokens: 1000 }),
    seller: at(url).register('seller', { tokens: 0 }),
  }));
  if (one === undefined || two === undefined) throw new Error('none');
  const given = {
    exchangeUrl,
    ...one.seller,
    exchanges: [{ exchangeUrl: elsewhere, ...two.seller }],
    fetch,
    timeoutMs: 1000,
    ...options,
  };
  const accept: AcceptedPayment = Reflect.apply(acceptExchange, undefined, [given]);
  const call = async (path: string, body: object, place = one) => {
    const { origin } = new URL(place.url);
    const request = new Request(`${origin}/v1/exchange/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${place.buyer.apiKey}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    return (await at(place.url).fetch(request)).json() as Promise<{ escrow_id: string }>;
  };
  const hold = async (amount: number, place = one) =>
    (await call('escrow', { provider_id: place.seller.accountId, amount }, place)).escrow_id;
  const verify = (metadata: object) => accept.read(requestOf(metadata))?.verify();
  return { accept, asked, call, fetch, hang: () => (isHung = true), hold, one, two, verify };
}

function requestOf(metadata: object): PaidRequest {
  return {
    taskId: 't',
    headers: {},
    message: {
      messageId: 'm',
      taskId: 't',
      contextId: '',
      role: Role.ROLE_USER,
      parts: [],
      metadata: { ...metadata },
      extensions: [],
      referenceTaskIds: [],
    },
  };
}

describe('one price', () => {
  test('is on the card for each of its skills', () => {
    const { accept } = meet({ price: 5 });
    expect(accept.extensions(['bake', 'fry'])[0]?.params).toMatchObject({
      pricing: { bake: { baseTokens: 5 }, fry: { baseTokens: 5 } },
    });
  });

  test('that is computed is on no card', () => {
    const { accept } = meet({ price: () => 5 });
    expect(accept.extensions(['bake'])[0]?.params).toMatchObject({ pricing: {} });
  });
});

describe('prices by skill', () => {
  const pricing = {
    cheap: { baseTokens: 3 },
    dear: { baseTokens: 9, model: 'per-unit' },
    gift: { baseTokens: 0 },
  } as const;

  test.each([
    [{ skillId: 'cheap' }, 3],
    [{ skillId: 'dear' }, 9],
    [{}, 9],
    [{ skillId: 'no such skill' }, 9],
    [{ skillId: 'toString' }, 9],
    [{ skillId: 7 }, 9],
  ])('%j costs %i', async (named, price) => {
    const { hold, verify } = meet({ pricing });
    const less = await verify({ ...named, 'a2a-se': { escrowId: await hold(price - 1) } });
    expect(less).toMatchObject({ verified: false, reason: 'too-little' });
    const enough = await verify({ ...named, 'a2a-se': { escrowId: await hold(price) } });
    expect(enough).toMatchObject({ verified: true, sale: { amount: price } });
  });

  test('the card says the same', () => {
    const { accept } = meet({ pricing });
    expect(accept.extensions([])[0]?.params).toMatchObject({
      pricing: { cheap: { baseTokens: 3 }, dear: { baseTokens: 9, model: 'per-unit' } },
    });
  });

  test('a skill for nothing is worked for without an escrow, and no other', async () => {
    const { verify } = meet({ pricing });
    const verdict = await verify({ skillId: 'gift' });
    if (!verdict?.verified) throw new Error('refused');
    expect(await verdict.sale.settle({})).toEqual({ status: 'settled', amount: 0 });
    expect(await verify({ skillId: 'cheap' })).toBe(undefined);
    expect(await verify({})).toBe(undefined);
  });

  test('a negotiable skill is not free because its base is 0', async () => {
    const custom = { baseTokens: 0, model: 'negotiable' } as const;
    const { hold, verify } = meet({ pricing: { custom }, price: () => 50 });
    expect(await verify({ skillId: 'custom' })).toBe(undefined);
    const pay = async (amount: number) =>
      verify({ skillId: 'custom', 'a2a-se': { escrowId: await hold(amount) } });
    expect(await pay(49)).toMatchObject({ verified: false, reason: 'too-little' });
    expect(await pay(50)).toMatchObject({ verified: true });
  });

  test('a function decides on what is negotiable, and on nothing else', async () => {
    const { hold, verify } = meet({
      pricing: { ...pricing, deal: { baseTokens: 2, model: 'negotiable' } },
      price: () => 5,
    });
    const pay = async (skillId: string, amount: number) =>
      (await verify({ skillId, 'a2a-se': { escrowId: await hold(amount) } }))?.verified;
    expect(await Promise.all([pay('deal', 4), pay('deal', 5), pay('cheap', 3)])).toEqual([
      false,
      true,
      true,
    ]);
  });

  test.each<Options>([
    {},
    { pricing: {} },
    { pricing, price: 3 },
    { pricing, price: () => 3 },
    { price: 1.5 },
    { price: -1 },
    { pricing: { cheap: { baseTokens: Number.NaN } } },
    { pricing: { cheap: { baseTokens: 10_001 } } },
  ])('%j is no price', (options) => {
    expect(() => meet(options)).toThrow(/acceptExchange/);
  });
});

describe('exchanges', () => {
  test('each is asked about its own escrows, with its own key', async () => {
    const { accept, asked, hold, two, verify } = meet({ price: 5 });
    const escrowId = await hold(5, two);
    const paid = { 'a2a-se': { escrowId, exchangeUrl: 'HTTPS://Two.test:443/v1/' } };
    expect(await verify(paid)).toMatchObject({ verified: true });
    expect(new Set(asked)).toEqual(new Set(['https://two.test']));
    expect(accept.extensions([])[0]?.params).toMatchObject({
      exchangeUrls: [exchangeUrl, elsewhere],
      preferredExchange: exchangeUrl,
    });
    // An escrow of the same id at another exchange is another payment.
    const here = accept.read(requestOf({ 'a2a-se': { escrowId } }))?.id;
    expect(accept.read(requestOf(paid))?.id).not.toBe(here);
  });

  test('an escrow is one payment in whatever order they are listed', () => {
    const account = { apiKey: 'ate_key', accountId: 'seller' };
    const [one, two] = [exchangeUrl, elsewhere].map((url) => ({ ...account, exchangeUrl: url }));
    if (one === undefined || two === undefined) throw new Error('none');
    const idsOf = (accept: AcceptedPayment) =>
      [exchangeUrl, elsewhere].map(
        (url) => accept.read(requestOf({ 'a2a-se': { escrowId: 'e', exchangeUrl: url } }))?.id,
      );
    const before = idsOf(acceptExchange({ ...one, exchanges: [two], price: 5 }));
    const after = idsOf(acceptExchange({ ...two, exchanges: [one], price: 5 }));
    expect(after).toEqual(before);
    expect(new Set(before).size).toBe(2);
  });

  test('no other is ever asked', async () => {
    const { asked, hold, verify } = meet({ price: 5 });
    const escrowId = await hold(5);
    for (const url of ['http://169.254.169.254/', 'https://evil.test', 'file:///etc/passwd']) {
      const verdict = await verify({ 'a2a-se': { escrowId, exchangeUrl: url } });
      expect(verdict).toMatchObject({ verified: false, reason: 'wrong-exchange' });
    }
    expect(asked).toEqual([]);
  });

  test('what is no id is asked about nowhere, and remembered for nobody', async () => {
    const { accept, asked, verify } = meet({ price: 5 });
    const paid = { 'a2a-se': { escrowId: 'x'.repeat(100_000) } };
    expect(await verify(paid)).toMatchObject({ verified: false, reason: 'not-found' });
    expect(accept.read(requestOf(paid))?.id.length).toBeLessThan(100);
    expect(asked).toEqual([]);
  });

  test('who asks, and how long it is held, count', async () => {
    const { hold, one, verify } = meet({ price: 5, requester: () => one.buyer.accountId });
    expect(await verify({ 'a2a-se': { escrowId: await hold(5) } })).toMatchObject({
      verified: true,
    });
    const others = meet({ price: 5, requester: () => 'someone' });
    expect(await others.verify({ 'a2a-se': { escrowId: await others.hold(5) } })).toMatchObject({
      reason: 'wrong-requester',
    });
    const patient = meet({ price: 5, minLeftMs: 86_400_000 });
    expect(await patient.verify({ 'a2a-se': { escrowId: await patient.hold(5) } })).toMatchObject({
      reason: 'expires-soon',
    });
    const broken = meet({
      price: 5,
      requester() {
        throw new Error('database');
      },
    });
    expect(await broken.verify({ 'a2a-se': { escrowId: await broken.hold(5) } })).toMatchObject({
      reason: 'unverifiable',
    });
  });
});

describe('when the work is done', () => {
  const sell = async (options: Partial<AcceptExchangeOptions> = {}) => {
    const shop = meet({ price: 5, ...options });
    const escrowId = await shop.hold(5);
    const verdict = await shop.verify({ 'a2a-se': { escrowId } });
    if (!verdict?.verified) throw new Error('refused');
    return { ...shop, escrowId, sale: verdict.sale };
  };

  test('an escrow that is held is owed, and its release is found', async () => {
    const { accept, call, escrowId, sale } = await sell();
    const { owed = {}, ...settled } = await sale.settle({ used: 2.5 });
    expect(settled).toMatchObject({ status: 'owed', amount: 3 });
    expect(await accept.lookUp?.(owed)).toMatchObject({ status: 'owed' });
    await call('release', { escrow_id: escrowId });
    expect(await accept.lookUp?.(owed)).toEqual({ status: 'settled', amount: 5 });
    expect(await accept.lookUp?.({ escrowId })).toBe(undefined);
  });

  test('one that was refunded meanwhile is no payment', async () => {
    const { call, escrowId, sale } = await sell();
    await call('refund', { escrow_id: escrowId });
    // What the agent says it used is no receipt.
    expect(await sale.settle({ used: 2 })).toEqual({ status: 'unsettled', reason: 'refunded' });
  });

  test('an exchange that never answers leaves what it said', async () => {
    const { accept, hang, sale } = await sell();
    hang();
    const { owed = {}, status } = await sale.settle({ used: 77 });
    expect(status).toBe('owed');
    expect(await accept.lookUp?.(owed)).toBe(undefined);
  });

  test('an exchange that never answers is waited for 5 seconds at most', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { hang, sale } = await sell({ timeoutMs: 60_000 });
    hang();
    let isOver = false;
    const settling = sale.settle({}).then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(4990);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(20);
    expect(isOver).toBe(true);
    await settling;
  });
});

test.each([
  ['the key', (seller: Account, buyer: Account) => ({ ...seller, apiKey: buyer.apiKey })],
  ['the account', (seller: Account, buyer: Account) => ({ ...seller, accountId: buyer.accountId })],
])('%s of somebody else: nobody pays, and the seller is told', async (_, mix) => {
  const { fetch, hold, one } = meet({ price: 5 });
  const wrong = mix(one.seller, one.buyer);
  const accept = acceptExchange({ exchangeUrl, ...wrong, price: 5, fetch });
  const escrowId = await hold(10);
  const verdict = await accept.read(requestOf({ 'a2a-se': { escrowId } }))?.verify();
  expect(verdict).toMatchObject({
    verified: false,
    reason: 'unverifiable',
    message: 'The escrow could not be verified.',
    error: { code: 'NOT_CONFIGURED', message: expect.stringContaining(wrong.accountId) },
  });
  expect(JSON.stringify(verdict)).not.toContain(wrong.apiKey);
});

test('whose the key is, is asked once', async () => {
  const { asked, hold, verify } = meet({ price: 5 });
  for (const count of [2, 3]) {
    const verdict = await verify({ 'a2a-se': { escrowId: await hold(10) } });
    expect(verdict).toMatchObject({ verified: true });
    expect(asked).toHaveLength(count);
  }
});

interface Account {
  accountId: string;
  apiKey: string;
}
