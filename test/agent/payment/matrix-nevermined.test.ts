import { wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { nevermined } from 'ai-sdk-a2a-settlement/nevermined';
import { acceptNevermined } from '../../../src/agent';
import { createNevermined } from '../../../src/sandbox/nevermined/create-nevermined';
import { type MatrixRail, type Meeting, sellsThrough } from './matrix';
import { openShop, SHOP_URL } from './shop';

const backendUrl = 'https://nevermined.example.com';

/** With tokens of version 3: one of version 2 is good for any number of calls, so nothing replays it. */
const credits: MatrixRail = {
  paid: [5n, 5n],
  isStreamed: false,
  isPaid: (body) => body.includes('payment-submitted'),
  forge: (body) => body.replace(/"signature":"0x..../, '"signature":"0x0000'),
  async meet({ trouble, shop: options }): Promise<Meeting> {
    let isCut = false;
    let isLate = false;
    const backend = createNevermined({
      now: () => new Date(Date.now() + (isLate ? 86_400_000 : 0)),
      intercept: async () =>
        isCut ? Response.json({ message: 'down' }, { status: 503 }) : undefined,
    });
    const seller = backend.register();
    const buyer = backend.register();
    const planId = backend.addPlan(seller, { name: 'Hundred', credits: 100 });
    const fetch: typeof globalThis.fetch = (input, init) => backend.fetch(new Request(input, init));
    const shop = openShop(
      [
        acceptNevermined({
          apiKey: seller.apiKey,
          backendUrl,
          agentId: 'did:nv:baker',
          planId,
          credits: 5,
          url: SHOP_URL,
          fetch,
        }),
      ],
      options,
    );
    const rail = nevermined({
      apiKey: buyer.apiKey,
      backendUrl,
      fetch,
      tokenVersion: 3,
      delegation: { spendingLimitCents: 1, durationSecs: 3600, currency: 'usdc' },
    });
    // Underpaid: the plan was never ordered.
    if (trouble !== 'underpaid') await rail.order(planId);
    const perCall = trouble === 'above the limit' ? 4 : 10;
    const settlement = createSettlement({ rails: [rail], limits: { credits: { perCall } } });
    const late: typeof globalThis.fetch = (input, init) => {
      // Between the token and its use a day goes by.
      if (init?.method === 'POST') isLate = true;
      return shop.fetch(input, init);
    };
    const full = trouble === 'underpaid' ? 0n : 100n;
    return {
      ...shop,
      model: (at = trouble === 'expired' ? late : shop.fetch) =>
        wrapLanguageModel({
          model: createA2A({ fetch: at })(SHOP_URL),
          middleware: settlement.middleware,
        }),
      async moved() {
        const [plan] = backend.ledger().plans;
        const left = BigInt(plan?.balances[buyer.address] ?? 0);
        return [full - left, BigInt(plan?.burned ?? 0)];
      },
      cut: (cut) => void (isCut = cut),
    };
  },
};

sellsThrough('an agent that is paid with credits of Nevermined', () => credits);
