import { generateText, wrapLanguageModel } from 'ai';
import { createA2A } from 'ai-sdk-a2a-settlement';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAgentCard, createAgentHandler } from '../../src/agent';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';
import { answering } from '../agent/served-agent';
import { hasAnvil, warnWithoutAnvil } from './anvil';
import { type Market, openMarket, QUARTER } from './market';
import { SELLER_URL } from './x402-seller';

warnWithoutAnvil('agents behind an HTTP 402');

describe.skipIf(!hasAnvil)('an agent behind an HTTP 402', () => {
  let market: Market;
  beforeAll(async () => {
    market = await openMarket();
  });
  afterAll(() => market?.chain.stop());

  test.each([true, false])('whose card speaks of x402: %s', async (isDeclared) => {
    const buyer = await market.meet();
    const { accepts } = buyer.seller.required;
    const [requirements] = accepts;
    if (requirements === undefined) throw new Error('no offer');
    const card = createAgentCard({
      url: SELLER_URL,
      name: 'gated',
      description: 'Behind a gate.',
      skills: [],
      extensions: isDeclared ? buyer.seller.card.capabilities?.extensions : [],
    });
    const handle = createAgentHandler({ card, executor: answering({ pieces: 2 }) });
    const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
    const fetch = inProcessFetch('http://seller.test', async (request) => {
      if (request.method === 'GET') return handle(request);
      const header = request.headers.get('payment-signature');
      if (header === null) {
        const headers = { 'payment-required': base64(buyer.seller.required) };
        return new Response('{}', { status: 402, headers });
      }
      const payment = JSON.parse(Buffer.from(header, 'base64').toString());
      const settled = await market.facilitator.settle(payment, requirements);
      return settled.success ? handle(request) : new Response('{}', { status: 402 });
    });
    const model = wrapLanguageModel({
      model: createA2A({ fetch })(SELLER_URL),
      middleware: buyer.settlement.middleware,
    });
    const { text, providerMetadata } = await generateText({ model, prompt: 'Bake.' });
    expect(text).toBe('0 1 ');
    expect(providerMetadata?.['settlement']).toMatchObject({
      status: 'released',
      proof: [{ confirmedBy: 'ledger' }],
    });
    expect(await buyer.balances()).toEqual({ payer: QUARTER, payee: QUARTER });
  });
});
