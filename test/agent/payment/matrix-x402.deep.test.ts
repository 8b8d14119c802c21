import { generateText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acceptX402 } from '../../../src/agent';
import { hasAnvil, warnWithoutAnvil } from '../../x402/anvil';
import { type MatrixRail, type Meeting, sellsThrough } from './matrix';
import { openShop, SHOP_URL } from './shop';
import { openX402Market, type X402Market, type X402SchemeName } from './x402-market';

const QUARTER = 250_000n;

warnWithoutAnvil('agents that are paid by x402, on a chain');

describe.skipIf(!hasAnvil)('on a chain', () => {
  let market: X402Market;
  beforeAll(async () => void (market = await openX402Market()));
  afterAll(() => market?.chain.stop());

  const railOf = (scheme: X402SchemeName): MatrixRail => ({
    paid: [QUARTER, QUARTER],
    // The capture failed: it stays in the escrow until it is tried again.
    ...(scheme === 'auth-capture' && {
      stuck: [QUARTER, 0n] as const,
      repaired: [QUARTER, QUARTER] as const,
    }),
    isStreamed: scheme === 'auth-capture',
    isPaid: (body) => body.includes('payment-submitted'),
    forge: (body) => body.replace(/"signature":"0x......../, '"signature":"0x00000000'),
    async meet({ trouble, shop: options }): Promise<Meeting> {
      const { chain, clientOf, contracts, newPayer, offerOf, serverOf } = market;
      const payer = await newPayer();
      const payee = await chain.newAccount();
      let isCut = false;
      const client = clientOf();
      const server = serverOf({
        ...client,
        settle: async (payment, requirements) => {
          if (isCut) throw new Error('connect ECONNREFUSED');
          return client.settle(payment, requirements);
        },
      });
      const accept = acceptX402({
        server,
        offers: [offerOf(scheme, payee.address)],
        ...(trouble === 'expired' && { now: () => new Date(Date.now() + 86_400_000) }),
      });
      const shop = openShop([accept], options);
      const rail = x402({
        client: payer,
        ledger: chain.publicClient,
        authCapture: { escrow: contracts.escrow, collector: contracts.collector },
      });
      const perCall = trouble === 'above the limit' ? 0.2 : 1;
      const settlement = createSettlement({ rails: [rail], limits: { USDC: { perCall } } });
      /** The buyer is told of half the price. */
      const halving: typeof globalThis.fetch = async (input, init) => {
        const answer = await shop.fetch(input, init);
        const text = (await answer.text()).replaceAll('"250000"', '"125000"');
        return new Response(text, answer);
      };
      return {
        ...shop,
        model: (fetch = trouble === 'underpaid' ? halving : shop.fetch) =>
          wrapLanguageModel({
            model: createA2A({ fetch })(SHOP_URL),
            middleware: settlement.middleware,
          }),
        moved: async () => [
          10_000_000n - (await chain.balanceOf(payer.address)),
          await chain.balanceOf(payee.address),
        ],
        cut: (cut) => void (isCut = cut),
      };
    },
  });

  describe.each(['exact', 'upto', 'auth-capture'] as const)('%s', (scheme) => {
    sellsThrough('an agent that is paid by x402', () => railOf(scheme));
  });

  test.each([
    ['upto', 0.1, 100_000n],
    ['upto', 77, QUARTER],
    ['auth-capture', 0.1, 100_000n],
    ['auth-capture', 0, 0n],
    ['auth-capture', 1e21, QUARTER],
    ['exact', 0.1, QUARTER],
  ] as const)('%s takes what was used: %f', async (scheme, used, taken) => {
    const { baker, model, moved, sales } = await railOf(scheme).meet({});
    baker.used = used;
    const { text } = await generateText({ model: model(), prompt: 'bakes' });
    expect(text).toBe('Half a bread.');
    expect(await moved()).toEqual([taken, taken]);
    expect(sales.at(-1)).toMatchObject({ event: 'settled', amount: amountOf(taken) });
  });
});

function amountOf(units: bigint): string {
  return String(Number(units) / 1e6);
}
