import type { Hono } from 'hono';
import { type Books, randomHex } from './books';
import { NeverminedError } from './nevermined-error';
import { checkoutRequestSchema, mintRequestSchema } from './nevermined-requests';
import type { Plan } from './nevermined-types';
import { bodyOf, callerOf } from './route-parts';

const zeroAddress = `0x${'0'.repeat(40)}`;

/** The routes of plans: sellers, prices and balances. */
export function addPlanRoutes(routes: Hono, books: Books): void {
  // Registered before `/plans/:planId`, which would match it.
  routes.post('/protocol/plans/mint', async (c) => {
    const { address } = callerOf(c, books);
    const { planId, amount, creditsReceiver } = await bodyOf(c, mintRequestSchema);
    const plan = books.plan(planId);
    if (plan.owner !== address) {
      throw new NeverminedError(
        403,
        'SANDBOX.PLAN.0002',
        'Only the seller of a plan can mint its credits.',
      );
    }
    return c.json(
      { success: true, txHash: books.mint(plan, creditsReceiver, BigInt(amount)) },
      201,
    );
  });

  routes.get('/protocol/plans', (c) => {
    const { address } = callerOf(c, books);
    const plans = [...books.plans.values()].filter(({ owner }) => owner === address).map(describe);
    return c.json({ total: plans.length, page: 1, offset: plans.length, plans });
  });

  routes.get('/protocol/plans/:planId', (c) => c.json(describe(books.plan(c.req.param('planId')))));

  routes.get('/protocol/plans/:planId/balance/:address', (c) => {
    const { planId, address } = c.req.param();
    const plan = books.plan(planId);
    const balance = books.balance(plan, address);
    return c.json({
      planId: plan.id,
      planName: plan.name,
      planType: plan.isPayAsYouGo ? 'pay-as-you-go' : 'credits',
      holderAddress: address,
      creditsContract: zeroAddress,
      balance: String(balance),
      isSubscriber: balance > 0n,
      pricePerCredit: plan.credits === 0 ? 0 : plan.priceCents / plan.credits,
    });
  });

  routes.post('/protocol/plans/:planId/order', (c) => {
    const { address } = callerOf(c, books);
    const plan = books.plan(c.req.param('planId'));
    if (plan.cardProvider !== undefined) {
      throw new NeverminedError(
        400,
        'SANDBOX.PLAN.0003',
        'The plan is paid by card.',
        'Order it through a checkout.',
      );
    }
    return c.json({ success: true, txHash: books.mint(plan, address, BigInt(plan.credits)) }, 201);
  });

  routes.post('/fiat/stripe/payment', async (c) => {
    const { address } = callerOf(c, books);
    const { planId } = await bodyOf(c, checkoutRequestSchema);
    const plan = books.plan(planId);
    books.mint(plan, address, BigInt(plan.credits));
    return c.json({ result: { sessionId: `cs_test_${randomHex(12).slice(2)}` } }, 201);
  });
}

function describe({ id, owner, name, credits, priceCents, cardProvider }: Plan) {
  return {
    id,
    registry: {
      owner,
      price: {
        isCrypto: cardProvider === undefined,
        // In millionths of a dollar for a stablecoin, in cents for cards.
        amounts: [String(cardProvider === undefined ? priceCents * 10_000 : priceCents)],
        receivers: [owner],
        tokenAddress: zeroAddress,
        currency: cardProvider === undefined ? 'USDC' : 'USD',
      },
      credits: { isRedemptionAmountFixed: false, durationSecs: '0', amount: String(credits) },
    },
    metadata: {
      main: { name },
      plan: cardProvider === undefined ? {} : { fiatPaymentProvider: cardProvider },
    },
  };
}
