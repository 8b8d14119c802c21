import { x402Client } from '@x402/core/client';
import {
  decodePaymentRequiredHeader,
  decodePaymentResponseHeader,
  x402HTTPClient,
} from '@x402/core/http';
import { ExactEvmScheme } from '@x402/evm/exact/client';
import { generateText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasAnvil, warnWithoutAnvil } from '../../x402/anvil';
import { NETWORK, USDC } from '../../x402/chain';
import { type Market, openMarket, QUARTER } from '../../x402/market';
import { openShop, quarterByX402, SHOP_URL } from './shop';

warnWithoutAnvil('agents that ask for payment by HTTP 402');

const message = (text: string) => ({
  messageId: crypto.randomUUID(),
  role: 'ROLE_USER',
  parts: [{ text }],
});
const rpc = (method: string, path: string) => ({
  path,
  body: (text: string) => ({
    jsonrpc: '2.0',
    id: 1,
    method,
    params: { message: message(text) },
  }),
});
const rest = (path: string) => ({ path, body: (text: string) => ({ message: message(text) }) });

const ways = [
  ['JSON-RPC', { isStream: false, ...rpc('SendMessage', '') }],
  ['JSON-RPC, streamed', { isStream: true, ...rpc('SendStreamingMessage', '') }],
  ['HTTP+JSON', { isStream: false, ...rest('message:send') }],
  ['HTTP+JSON, streamed', { isStream: true, ...rest('message:stream') }],
] as const;

describe.skipIf(!hasAnvil)('an agent of acceptX402, over plain HTTP', () => {
  let market: Market;
  beforeAll(async () => void (market = await openMarket()));
  afterAll(() => market?.chain.stop());

  async function meet(facilitator = market.clientOf()) {
    const { chain } = market;
    const payer = await chain.newAccount({ usdc: '10' });
    const payee = await chain.newAccount();
    const shop = openShop([quarterByX402(facilitator, payee.address)]);
    const client = new x402HTTPClient(
      new x402Client().register(NETWORK, new ExactEvmScheme(payer)),
    );
    const moved = async () => [
      10_000_000n - (await chain.balanceOf(payer.address)),
      await chain.balanceOf(payee.address),
    ];
    const post = (
      { body, path }: { path: string; body: (text: string) => object },
      headers: Record<string, string> = {},
    ) =>
      shop.handle(
        new Request(`http://an-impostor.test/a2a/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'a2a-version': '1.0', ...headers },
          body: JSON.stringify(body('bakes')),
        }),
      );
    /** What the client of the x402 packages puts into its headers. */
    const pay = async (asked: Response) =>
      client.encodePaymentSignatureHeader(
        await client.createPaymentPayload(
          client.getPaymentRequiredResponse((name) => asked.headers.get(name)),
        ),
      );
    return { ...shop, client, moved, pay, payee, payer, post };
  }

  test.each(ways)('%s: asks, is paid, answers', async (_, way) => {
    const { baker, client, moved, pay, payee, payer, post } = await meet();
    const asked = await post(way);
    expect(asked.status).toBe(402);
    const required = decodePaymentRequiredHeader(asked.headers.get('payment-required') ?? '');
    expect(required).toMatchObject({
      x402Version: 2,
      // The card's word: what a request says of its host may be made up.
      resource: { url: SHOP_URL },
      accepts: [{ scheme: 'exact', network: NETWORK, asset: USDC, payTo: payee.address }],
    });
    const body = await asked.json();
    // Clients of version 1 read the body: the error of A2A stays beside it.
    expect(client.getPaymentRequiredResponse(() => undefined, body)).toMatchObject({
      error: { code: expect.any(Number), message: 'This agent requires payment.' },
      x402Version: 1,
      accepts: [
        {
          scheme: 'exact',
          network: 'base-sepolia',
          maxAmountRequired: String(QUARTER),
          resource: SHOP_URL,
          payTo: payee.address,
        },
      ],
    });
    expect(baker.begun).toEqual([]);

    const paid = await post(way, await pay(asked));
    expect(paid.status).toBe(200);
    const text = await paid.text();
    expect(text).toContain('a bread.');
    expect(await moved()).toEqual([QUARTER, QUARTER]);
    if (way.isStream) {
      // Its headers were sent before the work; the last event has the receipt.
      expect(paid.headers.has('payment-response')).toBe(false);
      expect(text).toContain('x402.payment.receipts');
      return;
    }
    const receipt = client.getPaymentSettleResponse((name) => paid.headers.get(name));
    expect(receipt).toMatchObject({ success: true, network: NETWORK, payer: payer.address });
  });

  test.each(ways)('%s: shows nothing for a payment that was used', async (_, way) => {
    const { baker, moved, pay, post } = await meet();
    const headers = await pay(await post(way));
    await (await post(way, headers)).text();
    const again = await post(way, headers);
    expect(again.status).toBe(way.isStream ? 200 : 402);
    expect(await again.text()).not.toContain('bread');
    expect(baker.begun).toHaveLength(1);
    expect(await moved()).toEqual([QUARTER, QUARTER]);
    if (way.isStream) return;
    const required = decodePaymentRequiredHeader(again.headers.get('payment-required') ?? '');
    expect(required).toMatchObject({ error: 'already-used', accepts: [{ scheme: 'exact' }] });
  });

  test.each([
    ['is not JSON in base64', () => '%%%', 'This agent requires payment.'],
    ['has no known form', () => btoa('{"x402Version":2}'), 'This agent requires payment.'],
    [
      'is forged',
      (header: string) =>
        btoa(atob(header).replace(/"signature":"0x......../, '"signature":"0x00000000')),
      /signature|invalid/,
    ],
  ])('a header that %s is answered with 402', async (_, change, error) => {
    const { baker, moved, pay, post } = await meet();
    const [, way] = ways[0];
    const { 'PAYMENT-SIGNATURE': header = '' } = await pay(await post(way));
    const answer = await post(way, { 'payment-signature': change(header) });
    expect(answer.status).toBe(402);
    const required = decodePaymentRequiredHeader(answer.headers.get('payment-required') ?? '');
    expect(required.error).toMatch(error);
    expect(await answer.text()).not.toContain('bread');
    expect(baker.begun).toEqual([]);
    expect(await moved()).toEqual([0n, 0n]);
  });

  test('a payment that cannot be taken is answered with 402 and why', async () => {
    const { moved, pay, post } = await meet(
      market.clientOf({
        settle: async () => ({
          success: false,
          transaction: '',
          network: NETWORK,
          errorReason: 'insufficient_funds',
        }),
      }),
    );
    const [, way] = ways[0];
    const answer = await post(way, await pay(await post(way)));
    expect(answer.status).toBe(402);
    const receipt = decodePaymentResponseHeader(answer.headers.get('payment-response') ?? '');
    expect(receipt).toMatchObject({ success: false, errorReason: 'insufficient_funds' });
    expect(await answer.text()).not.toContain('bread');
    expect(await moved()).toEqual([0n, 0n]);
  });

  test('our own buyer pays it, and a header of version 1 does', async () => {
    const { fetch, moved, pay, payer, post } = await meet();
    const rail = x402({ client: payer, ledger: market.chain.url });
    const { middleware } = createSettlement({ rails: [rail], limits: { USDC: { perCall: 1 } } });
    // Names no extension, so that it is asked by HTTP.
    const plain: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const headers = new Headers(request.headers);
      for (const name of ['a2a-extensions', 'x-a2a-extensions']) headers.delete(name);
      return fetch(new Request(request, { headers }));
    };
    const model = wrapLanguageModel({ model: createA2A({ fetch: plain })(SHOP_URL), middleware });
    const { text, providerMetadata } = await generateText({ model, prompt: 'bakes' });
    expect(text).toBe('Half a bread.');
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
    expect(await moved()).toEqual([QUARTER, QUARTER]);

    const [, way] = ways[0];
    const { 'PAYMENT-SIGNATURE': header = '' } = await pay(await post(way));
    const { payload } = JSON.parse(atob(header));
    const first = { x402Version: 1, scheme: 'exact', network: 'base-sepolia', payload };
    const paid = await post(way, { 'x-payment': btoa(JSON.stringify(first)) });
    expect(paid.status).toBe(200);
    expect(await paid.text()).toContain('a bread.');
    expect(decodePaymentResponseHeader(paid.headers.get('x-payment-response') ?? '')).toMatchObject(
      {
        success: true,
        network: 'base-sepolia',
      },
    );
    // The same signature in the other envelope is the same payment.
    const again = await post(way, { 'payment-signature': header });
    expect(again.status).toBe(402);
    expect(await again.text()).not.toContain('bread');
    expect(await moved()).toEqual([2n * QUARTER, 2n * QUARTER]);
  });
});
