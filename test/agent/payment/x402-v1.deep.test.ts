import { generateText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { X402_EXTENSION_URIS, x402 } from 'ai-sdk-a2a-settlement/x402';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acceptX402 } from '../../../src/agent';
import { hasAnvil, warnWithoutAnvil } from '../../x402/anvil';
import { NETWORK, USDC } from '../../x402/chain';
import { openShop, quarterByX402, SHOP_URL } from './shop';
import { openX402Market, type X402Market } from './x402-market';

const QUARTER = 250_000n;
const [v2, v1] = X402_EXTENSION_URIS;

warnWithoutAnvil('agents that are paid by version 1 of x402');

interface Said {
  id: string;
  status: { state: string; message?: { metadata?: Record<string, unknown> } };
  artifacts?: { parts: { text?: string }[] }[];
}

describe.skipIf(!hasAnvil)('an agent that is paid by version 1 of x402', () => {
  let market: X402Market;
  beforeAll(async () => void (market = await openX402Market()));
  afterAll(() => market?.chain.stop());

  async function meet() {
    const { chain, clientOf, contracts, newPayer } = market;
    const payer = await newPayer();
    const payee = await chain.newAccount();
    const shop = openShop([quarterByX402(clientOf(), payee.address)], { storage: memoryStorage() });
    const rail = x402({
      client: payer,
      ledger: chain.publicClient,
      authCapture: { escrow: contracts.escrow, collector: contracts.collector },
    });
    /** What a client of protocol 0.3 is answered. */
    const send = async (
      message: object,
      { uris = v1, handle = shop.handle }: { uris?: string; handle?: typeof shop.handle } = {},
    ) => {
      const response = await handle(
        new Request(SHOP_URL, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-a2a-extensions': uris },
          body: JSON.stringify({
            jsonrpc: '2.0',
            id: 1,
            method: 'message/send',
            params: {
              message: {
                kind: 'message',
                messageId: crypto.randomUUID(),
                role: 'user',
                parts: [{ kind: 'text', text: 'bakes' }],
                ...message,
              },
            },
          }),
        }),
      );
      const answer = (await response.json()) as { result: Said };
      expect(answer).not.toHaveProperty('error');
      const { metadata = {} } = answer.result.status.message ?? {};
      return { ...answer.result, metadata };
    };
    /** A payment of version 1 for what was asked. */
    const sign = async (required: unknown) => {
      const challenge = rail.challenge?.(
        { state: 'input-required', metadata: { 'x402.payment.required': required } },
        { hasLimit: () => true },
      );
      if (challenge === undefined) throw new Error('not asked');
      const hold = await rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge });
      const { metadata } = await rail.decorate(hold, { isFirst: true });
      return metadata['x402.payment.payload'] as { x402Version: number; payload: object };
    };
    const moved = async () => [
      10_000_000n - (await chain.balanceOf(payer.address)),
      await chain.balanceOf(payee.address),
    ];
    return { ...shop, moved, payee, payer, rail, send, sign };
  }

  const bearing = (payment: object, taskId?: string) => ({
    ...(taskId !== undefined && { taskId }),
    metadata: { 'x402.payment.status': 'payment-submitted', 'x402.payment.payload': payment },
  });

  test('asks in its words, is paid, and says so in its words', async () => {
    const { moved, payee, payer, send, sign } = await meet();
    const asked = await send({});
    expect(asked.status.state).toBe('input-required');
    const required = asked.metadata['x402.payment.required'];
    expect(required).toEqual({
      x402Version: 1,
      error: 'This agent requires payment.',
      accepts: [
        {
          scheme: 'exact',
          network: 'base-sepolia',
          maxAmountRequired: '250000',
          resource: SHOP_URL,
          description: 'This agent requires payment.',
          mimeType: 'application/json',
          payTo: payee.address,
          maxTimeoutSeconds: 300,
          asset: USDC,
          extra: { name: 'USDC', version: '2' },
        },
      ],
    });
    const payment = await sign(required);
    expect(payment).toMatchObject({ x402Version: 1, scheme: 'exact', network: 'base-sepolia' });
    const paid = await send(bearing(payment, asked.id));
    expect(paid.status.state).toBe('completed');
    expect(paid.metadata).toMatchObject({
      'x402.payment.status': 'payment-completed',
      'x402.payment.receipts': [{ success: true, network: 'base-sepolia', payer: payer.address }],
    });
    expect(await moved()).toEqual([QUARTER, QUARTER]);
  });

  test.each(['here', 'on a second machine'])(
    'is not paid twice by one signature in both envelopes, %s',
    async (where) => {
      const { another, baker, handle, moved, send, sign } = await meet();
      const { payload, ...first } = await sign((await send({})).metadata['x402.payment.required']);
      const { metadata } = await send({}, { uris: v2 });
      const { accepts } = metadata['x402.payment.required'] as { accepts: object[] };
      const other = where === 'here' ? handle : another().handle;
      const answers = await Promise.all([
        send(bearing({ ...first, payload })),
        send(bearing({ x402Version: 2, accepted: accepts[0], payload }), { handle: other }),
        send(bearing({ ...first, network: NETWORK, payload }), { handle: other }),
      ]);
      const states = answers.map(({ status }) => status.state).sort();
      expect(states).toEqual(['completed', 'failed', 'failed']);
      expect(baker.begun).toHaveLength(1);
      expect(await moved()).toEqual([QUARTER, QUARTER]);
    },
  );

  test.each([
    ['another network', { network: 'base' }, 'NETWORK_MISMATCH'],
    ['a network that nobody knows', { network: 'constructor' }, 'NETWORK_MISMATCH'],
    ['another scheme', { scheme: 'auth-capture' }, undefined],
  ])('is not paid for %s', async (_, changes, error) => {
    const { baker, moved, send, sign } = await meet();
    const payment = await sign((await send({})).metadata['x402.payment.required']);
    const answer = await send(bearing({ ...payment, ...changes }));
    expect(answer.metadata['x402.payment.error']).toBe(error);
    expect(answer.status.state).toBe(error === undefined ? 'input-required' : 'failed');
    expect(baker.begun).toEqual([]);
    expect(await moved()).toEqual([0n, 0n]);
  });

  test('finds by the signature which of two assets it is', async () => {
    const { chain, clientOf, serverOf } = market;
    const { payee, send, sign } = await meet();
    const other = {
      asset: `0x${'77'.repeat(20)}`,
      amount: '1',
      extra: { name: 'X', version: '1' },
    };
    const offer = { scheme: 'exact', network: NETWORK, payTo: payee.address } as const;
    const accept = acceptX402({
      server: serverOf(clientOf()),
      offers: [
        { ...offer, price: other, decimals: 6 },
        { ...offer, price: '$0.25' },
      ],
    });
    const { handle } = openShop([accept]);
    const asked = await send({}, { handle });
    const required = asked.metadata['x402.payment.required'] as { accepts: object[] };
    expect(required.accepts).toHaveLength(2);
    const payment = await sign({ ...required, accepts: required.accepts.slice(1) });
    const paid = await send(bearing(payment, asked.id), { handle });
    expect(paid.status.state).toBe('completed');
    expect(await chain.balanceOf(payee.address)).toBe(QUARTER);
  });

  test('offers what version 1 has no words for in version 2', async () => {
    const { clientOf, offerOf, serverOf } = market;
    const { payee, send } = await meet();
    const server = serverOf(clientOf());
    const offers = [offerOf('upto', payee.address)];
    const { handle } = openShop([acceptX402({ server, offers })]);
    const { metadata } = await send({}, { handle });
    expect(metadata['x402.payment.required']).toMatchObject({
      x402Version: 2,
      resource: { url: SHOP_URL },
      accepts: [{ scheme: 'upto' }],
    });
  });

  test('answers whoever names both in version 2, as its own buyer does', async () => {
    const { fetch, moved, rail, send } = await meet();
    const { metadata } = await send({}, { uris: `${v1}, ${v2}` });
    expect(metadata['x402.payment.required']).toMatchObject({
      x402Version: 2,
      resource: { url: SHOP_URL },
    });
    const { middleware } = createSettlement({ rails: [rail], limits: { USDC: { perCall: 1 } } });
    const model = wrapLanguageModel({ model: createA2A({ fetch })(SHOP_URL), middleware });
    expect((await generateText({ model, prompt: 'bakes' })).text).toBe('Half a bread.');
    expect(await moved()).toEqual([QUARTER, QUARTER]);
  });
});
