import type { FacilitatorClient } from '@x402/core/server';
import { generateText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acceptX402 } from '../../../src/agent';
import { hasAnvil, warnWithoutAnvil } from '../../x402/anvil';
import { openShop, SHOP_URL } from './shop';
import { openX402Market, type X402Market, type X402SchemeName } from './x402-market';

const QUARTER = 250_000n;
const settled = [QUARTER, QUARTER];

warnWithoutAnvil('facilitators that lose their answers');

type Settle = FacilitatorClient['settle'];

/** Facilitators that move the money, or do not, and do not say so. */
const losing = {
  /** It moves it, and knows the payment again. */
  'answers the second time what it did the first time': (settle: Settle): Settle => {
    let first: ReturnType<Settle> | undefined;
    return async (...asked) => {
      if (first !== undefined) return first;
      first = settle(...asked);
      await first;
      throw new Error('socket hang up');
    };
  },
  'did not get the first request': (settle: Settle): Settle => {
    let isFirst = true;
    return async (...asked) => {
      if (!isFirst) return settle(...asked);
      isFirst = false;
      throw new Error('connect ECONNREFUSED');
    };
  },
  /** It moves it, and tries to again: the chain refuses that. */
  'knows nothing of the first time': (settle: Settle): Settle => {
    let isFirst = true;
    return async (...asked) => {
      const answer = await settle(...asked);
      if (!isFirst) return answer;
      isFirst = false;
      throw new Error('socket hang up');
    };
  },
};

describe.skipIf(!hasAnvil)('a facilitator that loses its answer', () => {
  let market: X402Market;
  beforeAll(async () => void (market = await openX402Market()));
  afterAll(() => market?.chain.stop());

  async function buy(scheme: X402SchemeName, lose: (settle: Settle) => Settle, used?: number) {
    const { chain, clientOf, contracts, newPayer, offerOf, serverOf } = market;
    const payer = await newPayer();
    const payee = await chain.newAccount();
    const client = clientOf();
    let asked = 0;
    const lossy = lose(client.settle);
    const server = serverOf({
      ...client,
      settle: async (payment, requirements) => {
        asked += 1;
        return lossy(payment, requirements);
      },
    });
    const shop = openShop([acceptX402({ server, offers: [offerOf(scheme, payee.address)] })]);
    shop.baker.used = used;
    const rail = x402({
      client: payer,
      ledger: chain.publicClient,
      authCapture: { escrow: contracts.escrow, collector: contracts.collector },
    });
    const { middleware } = createSettlement({ rails: [rail], limits: { USDC: { perCall: 1 } } });
    const model = wrapLanguageModel({
      model: createA2A({ fetch: shop.fetch })(SHOP_URL),
      middleware,
    });
    const text = await generateText({ model, prompt: 'bakes', maxRetries: 0 }).then(
      (result) => result.text,
      () => undefined,
    );
    const moved = [
      10_000_000n - (await chain.balanceOf(payer.address)),
      await chain.balanceOf(payee.address),
    ];
    return { asked, moved, sales: shop.sales, text };
  }

  test.each([
    ['exact', 'answers the second time what it did the first time'],
    ['exact', 'did not get the first request'],
    ['upto', 'answers the second time what it did the first time'],
    ['upto', 'did not get the first request'],
  ] as const)('is asked for %s once more, where it %s', async (scheme, how) => {
    const { asked, moved, sales, text } = await buy(scheme, losing[how]);
    expect(text).toBe('Half a bread.');
    expect(moved).toEqual(settled);
    expect(asked).toBe(2);
    expect(sales.at(-1)).toMatchObject({ event: 'settled', amount: '0.25' });
    expect(sales.at(-1)?.transaction).toMatch(/^0x/);
  });

  test.each(['exact', 'upto'] as const)(
    'takes %s once where it tries to take it twice, and nobody knows',
    async (scheme) => {
      const { asked, moved, sales, text } = await buy(
        scheme,
        losing['knows nothing of the first time'],
      );
      expect(text).toBe(undefined);
      expect(moved).toEqual(settled);
      expect(asked).toBe(2);
      // "Used already" would say that there was nothing to get.
      expect(sales.at(-1)).toMatchObject({
        event: 'unsettled',
        reason: 'FACILITATOR_UNAVAILABLE',
      });
    },
  );

  test('is not asked for a second capture of a part', async () => {
    const kinds: unknown[] = [];
    const lose =
      (settle: Settle): Settle =>
      async (payment, requirements) => {
        const answer = await settle(payment, requirements);
        const { type } = payment.payload;
        kinds.push(type);
        if (type === 'capture') throw new Error('socket hang up');
        return answer;
      };
    const { moved, sales } = await buy('auth-capture', lose, 0.1);
    expect(sales.at(-1)).toMatchObject({ event: 'unsettled', reason: 'FACILITATOR_UNAVAILABLE' });
    // What was not captured is given back.
    expect(moved).toEqual([100_000n, 100_000n]);
    expect(kinds.filter((kind) => kind === 'capture')).toHaveLength(1);
  });
});
