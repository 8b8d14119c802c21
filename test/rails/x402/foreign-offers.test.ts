import { describe, expect, test } from 'vitest';
import { fakeNode } from './fake-node';
import { holdOf, permitOf, railOf } from './holding';
import { asking, network, offerV1, offerV2, payee, signed } from './offers';

const limited = { hasLimit: () => true };
const polygon = offerV2({
  network: 'eip155:137',
  asset: '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359',
  amount: '100000',
});
describe('the offer', () => {
  test('is one within reach where another of the list is not, by its time', async () => {
    const accepts = [offerV2({ maxTimeoutSeconds: 900_000 }), offerV2({ amount: '100000' })];
    expect(railOf().challenge?.(asking(accepts), { hasLimit: () => true })?.amount).toBe('0.1');
  });

  test.each([
    ['an exponent', '1e3'],
    ['hexadecimal', '0x10'],
    ['negative', '-5'],
    ['79 digits', '9'.repeat(79)],
    ['blanks', ' 5'],
    ['a number', 5],
    ['other digits', '٥'],
  ])('with an amount in %s is refused', (_, amount) => {
    const ask = () => railOf().challenge?.(asking([offerV2({ amount })]), { hasLimit: () => true });
    expect(ask).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });

  test.each([
    ['an asset that calls itself USDC', { asset: payee, extra: { name: 'USDC', decimals: 18 } }],
    ['USDC’s address on another network', { network: 'eip155:999999' }],
  ])('of %s is not taken for USDC', (_, more) => {
    const ask = () => railOf().challenge?.(asking([offerV2(more)]), { hasLimit: () => true });
    expect(ask).toThrow(expect.objectContaining({ code: 'NOT_CONFIGURED' }));
  });

  test.each([
    ['is not an address', 'me'],
    ['has a megabyte', 'x'.repeat(1_000_000)],
    ['has lines of its own', `${payee}\nINFO paid`],
  ])('whose payee %s is refused', (_, payTo) => {
    const refused = expect.objectContaining({ code: 'VALIDATION' });
    const ask = () => railOf().challenge?.(asking([offerV2({ payTo })]), { hasLimit: () => true });
    expect(ask).toThrow(refused);
    if (payTo === 'me') return;
    const elsewhere = { network: 'solana:5eykt4', asset: 'EPjF' };
    const assets = [{ ...elsewhere, code: 'USDC', decimals: 6 }];
    const solana = asking([offerV2({ ...elsewhere, payTo })]);
    const askThere = () => railOf({ assets }).challenge?.(solana, { hasLimit: () => true });
    expect(askThere).toThrow(refused);
  });

  test('nested a hundred thousand times is none', () => {
    let nested: unknown = [];
    for (let depth = 0; depth < 100_000; depth++) nested = [nested];
    const answer = {
      metadata: { 'x402.payment.required': { x402Version: 2, accepts: [], nested } },
    };
    expect(railOf().challenge?.(answer, { hasLimit: () => true })).toBeUndefined();
  });

  test('of 10 MB in a header is read in no time, or not at all', () => {
    const big = { x402Version: 2, accepts: [offerV2()], junk: 'x'.repeat(10_000_000) };
    const header = Buffer.from(JSON.stringify(big)).toString('base64');
    const startedAt = Date.now();
    railOf().challenge?.({ headers: { 'payment-required': header } }, { hasLimit: () => true });
    expect(Date.now() - startedAt).toBeLessThan(2000);
  });
});

describe('a network that the `ledger` does not read', () => {
  const ask = (rail: ReturnType<typeof railOf>, accepts: unknown[]) =>
    rail.challenge?.(asking(accepts), limited);

  test('gets no signature, also where the ledger is asked only then which chain it is of', async () => {
    const node = fakeNode();
    const rail = railOf({ ledger: node });
    const refused = { name: 'AI_SettlementError', code: 'NOT_CONFIGURED', isDispatched: false };
    await expect(holdOf(rail, asking([polygon]))).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/`ledger`.*`networks`/),
    });
    // Now it is known.
    expect(() => ask(rail, [polygon])).toThrow(expect.objectContaining(refused));
    expect(ask(rail, [polygon, offerV2()])).toMatchObject({ amount: '0.25' });
  });

  test('is not chosen where the ledgers are named', () => {
    const rail = railOf({ ledger: { [network]: fakeNode() } });
    expect(() => ask(rail, [polygon])).toThrow(/does not read/);
    expect(ask(rail, [polygon, offerV2()])).toMatchObject({ amount: '0.25' });
    const both = railOf({ ledger: { [network]: fakeNode(), 'eip155:137': fakeNode() } });
    expect(ask(both, [polygon, offerV2()])).toMatchObject({ amount: '0.1' });
  });

  test('that no ledger can read comes after those that one does', () => {
    const solana = offerV2({
      network: 'solana:5eykt4',
      asset: 'EPjF',
      payTo: 'Seller',
      amount: '1',
    });
    const assets = [{ network: 'solana:5eykt4', asset: 'EPjF', code: 'USDC', decimals: 6 }];
    const rail = railOf({ assets, ledger: { [network]: fakeNode() } });
    expect(ask(rail, [solana, offerV2()])).toMatchObject({ amount: '0.25' });
    expect(ask(rail, [solana])).toMatchObject({ amount: '0.000001' });
    expect(ask(railOf({ assets }), [solana, offerV2()])).toMatchObject({ amount: '0.000001' });
  });

  test('is known before the agent answers', async () => {
    const rail = railOf({ ledger: fakeNode() });
    rail.decorateOffer?.({});
    await new Promise((resolve) => setTimeout(resolve));
    expect(ask(rail, [polygon, offerV2()])).toMatchObject({ amount: '0.25' });
  });

  test('a ledger that does not answer gets nothing signed that it might not read', async () => {
    const down = { request: () => Promise.reject(new Error('https://rpc.example.com/secret-key')) };
    const error = await holdOf(railOf({ ledger: down })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'NETWORK', isRetryable: true, isDispatched: false });
    expect(String(error)).not.toContain('secret-key');
    expect(await holdOf(railOf({ ledger: { [network]: down } }))).toMatchObject({ amount: '0.25' });
  });
});

describe('the client', () => {
  test.each([
    'HTTP request failed. URL: https://rpc.example.com/v2/secret-key',
    'wss://rpc.example.com/secret-key is gone',
    `Headers: {"authorization":"Bearer secret-key"}`,
    `Request body: {"params":["0x${'5ec4e7'.repeat(20)}"],"of":"secret-key-${'9'.repeat(20)}"}`,
  ])('that fails at its node shows no key of that: %s', async (message) => {
    const client = { createPaymentPayload: () => Promise.reject(new Error(message)) };
    await expect(holdOf(railOf({ client }))).rejects.not.toThrow(/secret-key|5ec4e7/);
  });

  test('is quoted in words, and addresses', async () => {
    const client = {
      createPaymentPayload: () => Promise.reject(new Error(`${payee} has\n no allowance`)),
    };
    await expect(holdOf(railOf({ client }))).rejects.toThrow(`${payee} has no allowance`);
  });

  test.each(['upto', 'exact'])(
    'that signs for a Permit2 spender of its own is not believed: %s',
    async (scheme) => {
      const spender = `0x${'99'.repeat(20)}`;
      const signing = (changes: object) => ({
        client: { createPaymentPayload: async (asked: unknown) => permitOf(asked, changes) },
      });
      const answer = asking([offerV2({ scheme })]);
      await expect(holdOf(railOf(signing({ spender })), answer)).rejects.toMatchObject({
        code: 'VALIDATION',
        message: expect.stringContaining('another spender'),
      });
      expect(await holdOf(railOf(signing({})), answer)).toMatchObject({ amount: '0.25' });
    },
  );

  test.each([
    ['another network', { network: 'base' }],
    ['another scheme', { scheme: 'upto' }],
  ])('that signs version 1 for %s is not believed', async (_, changes) => {
    const client = (more: object) => ({
      createPaymentPayload: async (asked: unknown) => {
        // In version 1 the amount has another name.
        const { payload } = signed(asked, { authorization: { value: '250000' } });
        return { x402Version: 1, scheme: 'exact', network: 'base-sepolia', payload, ...more };
      },
    });
    const answer = asking([offerV1()], 1);
    await expect(holdOf(railOf({ client: client(changes) }), answer)).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringContaining('another offer'),
    });
    expect(await holdOf(railOf({ client: client({}) }), answer)).toMatchObject({ amount: '0.25' });
  });
});
