import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type AcceptedPayment,
  acceptExchange,
  acceptNevermined,
  acceptX402,
  Message,
  type X402ResourceServer,
} from '../../../src/agent';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../../../src/sandbox/in-process-fetch';
import { SaleBook } from '../../../src/agent/payment/sale-book';
import { call, coins, COINS_URI, eventsOf, paidBy } from './coins';
import { openShop } from './shop';

test('a wrong key of the seller is a cause without the key', async () => {
  const accept = acceptExchange({
    exchangeUrl: 'https://exchange.test',
    apiKey: 'sk-wrong',
    accountId: 'seller',
    price: 10,
    fetch: async () => Response.json({ detail: 'no' }, { status: 401 }),
  });
  const metadata = { 'a2a-se': { escrowId: 'escrow-1' } };
  const message = Message.fromJSON({ messageId: 'm', role: 'ROLE_USER', parts: [], metadata });
  const verdict = await accept.read({ message, taskId: 't', headers: {} })?.verify();
  expect(verdict).toMatchObject({ verified: false, error: { code: 'UNAUTHORIZED' } });
  expect(JSON.stringify(verdict)).not.toContain('sk-wrong');
});

test('books that throw at once stop no sale', async () => {
  const errors: unknown[] = [];
  const append = (): never => {
    throw new Error('full');
  };
  const book = new SaleBook({ store: { append }, onError: (error) => void errors.push(error) });
  const about = { begunAt: '2026-11-01T00:00:00.000Z', rail: 'exchange', sale: 's', taskId: 't' };
  await book.note(about, 'verified');
  expect(errors.map(String)).toEqual(['Error: full']);
});

describe('why a payment cannot be verified, or asked for', () => {
  afterEach(() => vi.unstubAllEnvs());

  /** Sends a message to a shop, and hears what its seller does. */
  async function ask(accept: AcceptedPayment, params: object, extensions?: string) {
    const errors: unknown[] = [];
    const storage = memoryStorage();
    const onError = (error: unknown) => void errors.push(error);
    const { baker, fetch, sales } = openShop([accept], { onError, storage });
    const uri = extensions ?? accept.extensions([])[0]?.uri ?? '';
    const { state, text } = await call(fetch, 'SendMessage', params, uri);
    expect(baker.begun).toEqual([]);
    expect(sales.filter(({ event }) => event !== 'refused')).toEqual([]);
    expect(await storage.getKeys('a2a-')).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/^a2a-(payment|sale-(turn|waiting))/)]),
    );
    return { errors, sales, state, text };
  }

  const naming = (metadata: object) => {
    const { message } = paidBy(undefined);
    return { message: { ...message, metadata } };
  };

  test('is told to the seller, and to no caller', async () => {
    const { accept } = coins();
    const away: AcceptedPayment = {
      ...accept,
      read: () => ({
        id: 'c',
        expiresAt: new Date(Date.now() + 60_000),
        verify: async () => ({
          verified: false,
          reason: 'away',
          message: 'The payment could not be verified.',
          error: new Error('connect ECONNREFUSED 10.0.0.7'),
        }),
      }),
    };
    const { errors, sales, state, text } = await ask(away, paidBy('c'));
    expect(errors.map(String)).toEqual(['Error: connect ECONNREFUSED 10.0.0.7']);
    expect(state).toBe('TASK_STATE_FAILED');
    expect(text).toContain('The payment could not be verified.');
    expect(text).not.toContain('10.0.0.7');
    expect(sales).toMatchObject([{ event: 'refused', reason: 'away' }]);
  });

  test('a payment that is no good is nobody’s error', async () => {
    const { errors, text } = await ask(coins().accept, paidBy('bad'));
    expect(text).toContain('Bad.');
    expect(errors).toEqual([]);
  });

  test('a price that throws', async () => {
    const exchange = createExchange();
    const buyer = exchange.register('buyer', { tokens: 100 });
    const seller = exchange.register('seller', { tokens: 0 });
    const fetch = inProcessFetch('https://exchange.test', exchange.fetch);
    const held = await fetch('https://exchange.test/v1/exchange/escrow', {
      method: 'POST',
      headers: { authorization: `Bearer ${buyer.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ provider_id: seller.accountId, amount: 10 }),
    });
    const { escrow_id: escrowId } = await held.json();
    const accept = acceptExchange({
      exchangeUrl: 'https://exchange.test',
      ...seller,
      price: () => {
        throw new Error('No price for you: db-17');
      },
      fetch,
    });
    const { errors, text } = await ask(accept, naming({ 'a2a-se': { escrowId } }));
    expect(text).toContain('The escrow could not be verified.');
    expect(text).not.toContain('db-17');
    expect(errors.map(String)).toEqual(['Error: No price for you: db-17']);
    expect(exchange.ledger().escrows.map(({ status }) => status)).toEqual(['held']);
  });

  const x402 = (
    changes: Partial<X402ResourceServer>,
    { extra, required = true }: { extra?: () => never; required?: boolean } = {},
  ) => {
    const server: X402ResourceServer = {
      initialize: async () => {},
      buildPaymentRequirements: async () => [],
      getAssetDecimalsForRequirements: () => 6,
      findMatchingRequirements: () => undefined,
      getPaymentFlow: () => 'authorization',
      verifyPayment: async () => ({ isValid: true }),
      settlePayment: async () => ({ success: true }),
      createPaymentCancellationDispatcher: () => ({ cancel: async () => undefined }),
      ...changes,
    };
    const payTo = `0x${'22'.repeat(20)}`;
    const offer = { scheme: 'exact', network: 'eip155:84532', payTo, price: '$0.25' } as const;
    return acceptX402({ server, offers: [{ ...offer, ...(extra && { extra }) }], required });
  };
  const fails = (): never => {
    throw new Error('facilitator-7 is down');
  };

  test.each([
    ['a facilitator that is away', x402({ initialize: async () => fails() })],
    ['a server that makes no offers', x402({ buildPaymentRequirements: async () => fails() })],
    ['an `extra` that throws', x402({}, { extra: fails })],
  ])('%s', async (_, accept) => {
    const unpaid = await ask(accept, naming({}));
    expect(unpaid.state).toBe('TASK_STATE_REJECTED');
    expect(unpaid.text).toContain('The payment options are currently not available. Try again.');
    expect(unpaid.text).not.toContain('facilitator-7');
    expect(inspect(unpaid.errors)).toContain('facilitator-7 is down');

    const paid = await ask(accept, naming({ 'x402.payment.payload': payment() }));
    expect(paid.state).toBe('TASK_STATE_FAILED');
    expect(paid.text).toContain(
      'The payment could not be verified: the facilitator could not be reached.',
    );
    expect(inspect(paid.errors)).toContain('facilitator-7 is down');
    expect(paid.sales).toMatchObject([{ reason: 'FACILITATOR_UNAVAILABLE' }]);
  });

  test('a scheme that was not registered', async () => {
    const { errors, state } = await ask(x402({}), naming({}));
    expect(state).toBe('TASK_STATE_REJECTED');
    expect(inspect(errors)).toContain('exact on eip155:84532');
  });

  test('one of two ways to pay that cannot say now what it wants leaves the other', async () => {
    const errors: unknown[] = [];
    const away = x402({ initialize: async () => fails() }, { required: false });
    const onError = (error: unknown) => void errors.push(error);
    const { fetch } = openShop([away, coins().accept], { onError });
    const { state, text } = await call(fetch, 'SendMessage', paidBy(undefined), COINS_URI);
    expect(state).toBe('TASK_STATE_INPUT_REQUIRED');
    expect(text).toContain('"scheme":"coin"');
    expect(inspect(errors)).toContain('facilitator-7 is down');
    // Who knows none of the extensions is asked over HTTP 402.
    errors.length = 0;
    expect((await call(fetch, 'SendMessage', paidBy(undefined), '')).text).not.toContain('task');
    expect(inspect(errors)).toContain('facilitator-7 is down');
  });

  test('Nevermined without a key', async () => {
    vi.stubEnv('NVM_API_KEY', undefined);
    const accept = acceptNevermined({
      agentId: 'did:nv:baker',
      planId: 'plan',
      credits: 5,
      url: 'https://shop.test/baker',
      environment: 'sandbox',
      fetch: async () => Response.error(),
    });
    const authorization = { from: `0x${'11'.repeat(20)}`, nonce: 'once' };
    const extra = { agentId: 'did:nv:baker' };
    const token = {
      x402Version: 2,
      accepted: { scheme: 'nvm:erc4337', network: 'eip155:84532', planId: 'plan', extra },
      payload: { signature: `0x${'ab'.repeat(65)}`, authorization },
    };
    const { errors, sales, text } = await ask(accept, naming({ 'x402.payment.payload': token }));
    expect(text).toContain('The payment could not be verified.');
    expect(text).not.toContain('NVM_API_KEY');
    expect(errors).toMatchObject([{ code: 'NOT_CONFIGURED' }]);
    expect(inspect(errors)).toContain('NVM_API_KEY');
    expect(eventsOf(sales)).toEqual(['refused']);
  });
});

/** Errors, with their causes. */
function inspect(errors: readonly unknown[]): string {
  return errors
    .flatMap((error) => (error instanceof Error ? [error.message, String(error.cause)] : [error]))
    .join('\n');
}

function payment() {
  const payTo = `0x${'22'.repeat(20)}`;
  const authorization = {
    from: `0x${'11'.repeat(20)}`,
    to: payTo,
    value: '250000',
    validAfter: '0',
    validBefore: String(Math.floor(Date.now() / 1000) + 300),
    nonce: `0x${'0a'.repeat(32)}`,
  };
  const accepted = {
    scheme: 'exact',
    network: 'eip155:84532',
    asset: `0x${'33'.repeat(20)}`,
    amount: '250000',
    payTo,
    maxTimeoutSeconds: 300,
    extra: {},
  };
  return {
    x402Version: 2,
    accepted,
    payload: { signature: `0x${'ab'.repeat(65)}`, authorization },
  };
}
