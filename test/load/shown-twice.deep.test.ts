import type { FacilitatorClient } from '@x402/core/server';
import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { expect, test } from 'vitest';
import { type AcceptedPayment, acceptExchange } from '../../src/agent';
import { createExchange } from '../../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';
import { NETWORK } from '../x402/chain';
import { openShop, quarterByX402, SHOP_URL } from '../agent/payment/shop';

const payments = 500;

/**
 * Shows each of the payments twice, at once, to two machines of one shop: in two tasks, so that each of them
 * would be work.
 */
async function showTwice(accept: AcceptedPayment, metadata: object[]) {
  const shop = openShop([accept], { storage: memoryStorage() });
  const machines = [shop.fetch, shop.another().fetch];
  const headers = {
    'content-type': 'application/json',
    'a2a-version': '1.0',
    'a2a-extensions': accept.extensions([])[0]?.uri ?? '',
  };
  const answers = await Promise.all(
    metadata.flatMap((paid) =>
      machines.map(async (fetch) => {
        const message = {
          messageId: crypto.randomUUID(),
          role: 'ROLE_USER',
          parts: [{ text: 'bakes' }],
          metadata: paid,
        };
        const params = { message };
        const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'SendMessage', params });
        return (await fetch(SHOP_URL, { method: 'POST', headers, body })).text();
      }),
    ),
  );
  const baked = answers.filter((answer) => answer.includes('a bread.')).length;
  const count = (event: string) => shop.sales.filter((sale) => sale.event === event).length;
  return { answers: answers.length, baked, begun: shop.baker.begun.length, count };
}

test('of 1,000 tasks that 500 escrows are shown for, 500 are worked for', async () => {
  const exchange = createExchange();
  const buyer = exchange.register('buyer', { tokens: 11 * payments });
  const seller = exchange.register('baker', { tokens: 0 });
  const exchangeUrl = 'https://exchange.test';
  const fetch = inProcessFetch(exchangeUrl, exchange.fetch);
  const call = async (path: string, body: object) => {
    const answer = await fetch(`${exchangeUrl}/v1/exchange/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${buyer.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.ok).toBe(true);
    return (await answer.json()) as { escrow_id: string };
  };
  const held = await Promise.all(
    Array.from({ length: payments }, () =>
      call('escrow', { provider_id: seller.accountId, amount: 10 }),
    ),
  );
  const accept = acceptExchange({ exchangeUrl, ...seller, price: 10, fetch });
  const { answers, baked, begun, count } = await showTwice(
    accept,
    held.map(({ escrow_id: escrowId }) => ({ 'a2a-se': { escrowId } })),
  );
  expect({ answers, baked, begun }).toEqual({ answers: 1000, baked: payments, begun: payments });
  expect([count('owed'), count('refused')]).toEqual([payments, payments]);
  await Promise.all(held.map(({ escrow_id }) => call('release', { escrow_id })));
  const { accounts } = exchange.ledger();
  expect(accounts).toMatchObject([
    { available: 0, held: 0 },
    { available: 10 * payments, held: 0 },
  ]);
});

test('of 1,000 tasks that 500 payments of x402 are shown for, 500 are worked for and paid', async () => {
  const payTo = `0x${'22'.repeat(20)}`;
  const taken = new Map<string, bigint>();
  const nonceOf = ({ payload }: { payload: Record<string, unknown> }) =>
    (payload['authorization'] as { nonce: string }).nonce;
  let asked = 0;
  const facilitator: FacilitatorClient = {
    getSupported: async () => ({
      kinds: [{ x402Version: 2, scheme: 'exact', network: NETWORK }],
      extensions: [],
      signers: {},
    }),
    async verify(payment) {
      await turn();
      return taken.has(nonceOf(payment))
        ? { isValid: false, invalidReason: 'used' }
        : { isValid: true };
    },
    async settle(payment, { amount }) {
      asked++;
      await turn();
      const nonce = nonceOf(payment);
      if (taken.has(nonce)) throw new Error('Taken twice.');
      taken.set(nonce, BigInt(amount));
      return { success: true, transaction: nonce, network: NETWORK };
    },
  };
  const accept = quarterByX402(facilitator, payTo);
  const [accepted] = (await accept.offers?.()) ?? [];
  const signed = Array.from({ length: payments }, (_, index) => ({
    'x402.payment.status': 'payment-submitted',
    'x402.payment.payload': {
      x402Version: 2,
      accepted,
      payload: {
        signature: `0x${'33'.repeat(65)}`,
        authorization: {
          from: `0x${'11'.repeat(20)}`,
          to: payTo,
          value: '250000',
          validAfter: '0',
          validBefore: String(Math.floor(Date.now() / 1000) + 300),
          nonce: `0x${index.toString(16).padStart(64, '0')}`,
        },
      },
    },
  }));
  const { answers, baked, begun, count } = await showTwice(accept, signed);
  expect({ answers, baked, begun }).toEqual({ answers: 1000, baked: payments, begun: payments });
  expect([count('settled'), count('refused')]).toEqual([payments, payments]);
  expect([asked, taken.size]).toEqual([payments, payments]);
});

/** Others run. */
function turn(): Promise<void> {
  return new Promise((done) => void setTimeout(done, 0));
}
