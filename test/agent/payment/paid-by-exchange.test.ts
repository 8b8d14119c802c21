import { generateText, streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { expect, test } from 'vitest';
import { acceptExchange } from '../../../src/agent';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../../../src/sandbox/in-process-fetch';
import { openShop, SHOP_URL } from './shop';

const exchangeUrl = 'https://exchange.test/api/v1';

function meet({ price = 10 } = {}) {
  const exchange = createExchange();
  const buyer = exchange.register('buyer', { tokens: 100 });
  const seller = exchange.register('baker', { tokens: 0 });
  const fetch = inProcessFetch('https://exchange.test', exchange.fetch);
  const accept = acceptExchange({ exchangeUrl, ...seller, price: 10, skills: ['bake'], fetch });
  const shop = openShop([accept]);
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: buyer.apiKey, fetch }),
    agents: { [SHOP_URL]: { tokensPerCall: price } },
  });
  const model = (at = shop.fetch) =>
    wrapLanguageModel({
      model: createA2A({ fetch: at })(SHOP_URL),
      middleware: settlement.middleware,
    });
  const books = () =>
    [buyer, seller].map(({ accountId }) => {
      const account = exchange.ledger().accounts.find(({ id }) => id === accountId);
      return [account?.available, account?.held];
    });
  return { ...shop, books, model };
}

test('an agent that is paid in escrow streams as it works, and is paid', async () => {
  const { baker, model, sales } = meet();
  const result = streamText({ model: model(), prompt: 'waits' });
  const reader = result.textStream.getReader();
  expect(await reader.read()).toMatchObject({ value: 'Half ' });
  baker.open();
  expect(await result.text).toBe('Half a bread.');
  expect((await result.providerMetadata)?.['settlement']).toMatchObject({
    status: 'released',
    captured: 10,
  });
  expect(sales.map(({ event }) => event)).toEqual(['verified', 'worked', 'owed']);
});

test('who pays too little is refused, and gets all back', async () => {
  const { baker, model, sales } = meet({ price: 9 });
  await expect(
    generateText({ model: model(), prompt: 'bakes', maxRetries: 0 }),
  ).rejects.toMatchObject({ state: 'rejected' });
  expect(baker.begun).toEqual([]);
  expect(sales).toMatchObject([{ event: 'refused', reason: 'too-little' }]);
});
