import { wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { acceptExchange } from '../../../src/agent';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../../../src/sandbox/in-process-fetch';
import { type MatrixRail, type Meeting, sellsThrough } from './matrix';
import { openShop, SHOP_URL } from './shop';

const exchangeUrl = 'https://exchange.test/api/v1';

const exchange: MatrixRail = {
  // The fee of the exchange is one token.
  paid: [11n, 10n],
  // It is held until its payer says more.
  paidByHand: [11n, 0n],
  stuck: [11n, 0n],
  repaired: [11n, 10n],
  isStreamed: true,
  // The escrow was held when the work began, and only its payer moves it.
  isByPayer: true,
  isPaid: (body) => body.includes('escrowId'),
  forge: (body) => body.replace(/"escrowId":"[^"]+"/, `"escrowId":"${crypto.randomUUID()}"`),
  async meet({ trouble, shop: options }): Promise<Meeting> {
    const ledger = createExchange();
    const buyer = ledger.register('buyer', { tokens: 100 });
    const seller = ledger.register('baker', { tokens: 0 });
    let isCut = false;
    const fetch = inProcessFetch('https://exchange.test', async (request) =>
      isCut ? Response.json({ detail: 'down' }, { status: 503 }) : ledger.fetch(request),
    );
    const late = () => new Date(Date.now() + 86_400_000);
    const accept = acceptExchange({
      exchangeUrl,
      ...seller,
      price: 10,
      fetch,
      ...(trouble === 'expired' && { now: late }),
    });
    const shop = openShop([accept], options);
    const settlement = createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: buyer.apiKey, fetch }),
      ...(trouble === 'underpaid' && { agents: { [SHOP_URL]: { tokensPerCall: 9 } } }),
      ...(trouble === 'above the limit' && { limits: { perCall: 9 } }),
    });
    return {
      ...shop,
      model: (at = shop.fetch) =>
        wrapLanguageModel({
          model: createA2A({ fetch: at })(SHOP_URL),
          middleware: settlement.middleware,
        }),
      async moved() {
        const [payer, payee] = ledger.ledger().accounts;
        return [BigInt(100 - (payer?.available ?? 0)), BigInt(payee?.available ?? 0)];
      },
      cut: (cut) => void (isCut = cut),
    };
  },
};

sellsThrough('an agent that is paid in escrow', () => exchange);
