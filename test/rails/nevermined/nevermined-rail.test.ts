import { describe, expect, it } from 'vitest';
import { readAccessToken } from '../../../src/rails/nevermined/schemas';
import {
  agentId,
  agentUrl,
  backendUrl,
  holdRequest,
  neverminedBackend,
  neverminedCard,
} from './backend';

describe('a hold', () => {
  it('is a token under a delegation, and locks nothing', async () => {
    const { rail, planId, calls, backend, buyer, now } = neverminedBackend();
    const hold = await rail().hold(holdRequest(neverminedCard({ planId })));
    expect(hold).toMatchObject({
      rail: 'nevermined',
      payee: agentId,
      amount: 5,
      fee: 0,
      currency: 'credits',
      exchangeUrl: backendUrl,
      expiresAt: new Date(now().getTime() + 3_600_000),
      state: { planId, agentId, version: 2, payer: buyer.address },
    });
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /protocol/plans/${planId}`,
      'POST /delegation/create',
      'POST /x402/permissions',
    ]);
    expect(calls.map(({ version }) => version)).toEqual(['1.1', '1.1', '1.1']);
    expect(calls.map(({ authorization }) => authorization !== null)).toEqual([false, true, true]);
    expect(calls[1]?.body).toEqual({
      provider: 'erc4337',
      spendingLimitCents: 1000,
      durationSecs: 3600,
      currency: 'usdc',
    });
    expect(calls[2]?.body).toEqual({
      accepted: {
        scheme: 'nvm:erc4337',
        network: 'eip155:84532',
        planId,
        extra: { agentId },
      },
      delegationConfig: { delegationId: backend.ledger().delegations[0]?.id },
    });
  });

  it('never has the token in what is written down', async () => {
    for (const tokenVersion of [2, 3] as const) {
      const { rail, planId } = neverminedBackend();
      const paying = rail({ tokenVersion });
      const hold = await paying.hold(holdRequest(neverminedCard({ planId })));
      const { headers } = await paying.decorate(hold, { isFirst: true });
      const token = headers?.['payment-signature'] ?? '';
      const signature = readAccessToken(token)?.token.payload.signature ?? '';
      const written = JSON.stringify(hold);
      expect(signature).toMatch(/^0x/);
      for (const secret of [token, signature, token.slice(0, 40)]) {
        expect(written).not.toContain(secret);
      }
    }
  });

  it('has an id of its own, also with the same token', async () => {
    const { rail, planId, callsTo } = neverminedBackend();
    const paying = rail();
    const holds = [];
    for (let i = 0; i < 3; i++)
      holds.push(await paying.hold(holdRequest(neverminedCard({ planId }))));
    expect(new Set(holds.map(({ escrowId }) => escrowId)).size).toBe(3);
    expect(callsTo('/x402/permissions')).toHaveLength(1);
  });

  it('asks for one delegation, however many calls begin at once', async () => {
    const { rail, planId, callsTo } = neverminedBackend();
    const paying = rail();
    const card = neverminedCard({ planId });
    await Promise.all(Array.from({ length: 8 }, () => paying.hold(holdRequest(card))));
    expect(callsTo('/delegation/create')).toHaveLength(1);
    expect(callsTo('/protocol/plans/')).toHaveLength(1);
  });

  it('makes a new delegation when the old one ends, and after one that failed', async () => {
    let isDown = true;
    const { rail, planId, callsTo, passMinutes } = neverminedBackend({
      intercept: async ({ url }) =>
        url.endsWith('/delegation/create') && isDown
          ? new Response('{}', { status: 503 })
          : undefined,
    });
    const paying = rail();
    const card = neverminedCard({ planId });
    await expect(paying.hold(holdRequest(card))).rejects.toMatchObject({ code: 'UPSTREAM' });
    isDown = false;
    const first = await paying.hold(holdRequest(card));
    passMinutes(58);
    expect((await paying.hold(holdRequest(card))).state).toEqual(first.state);
    passMinutes(1.5);
    const second = await paying.hold(holdRequest(card));
    expect(second.state?.['delegationId']).not.toBe(first.state?.['delegationId']);
    expect(callsTo('/delegation/create')).toHaveLength(3);
  });

  it('takes the delegation that is given, and says when it ends', async () => {
    const { rail, planId, callsTo, backend, now } = neverminedBackend();
    await rail().hold(holdRequest(neverminedCard({ planId })));
    const id = backend.ledger().delegations[0]?.id ?? '';
    const hold = await rail({ delegation: { id } }).hold(holdRequest(neverminedCard({ planId })));
    expect(hold.state).toMatchObject({ delegationId: id });
    expect(hold.expiresAt).toEqual(new Date(now().getTime() + 3_600_000));
    expect(callsTo('/delegation/create')).toHaveLength(1);
  });

  it('needs a key and a delegation', async () => {
    const { rail, planId, calls } = neverminedBackend();
    expect(() => rail({ apiKey: ' ' }).assertConfigured()).toThrow('NVM_API_KEY');
    const without = rail({ delegation: undefined });
    expect(() => without.assertConfigured()).toThrow('delegation');
    await expect(without.hold(holdRequest(neverminedCard({ planId })))).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
    expect(calls.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('pays by card where the plan is', async () => {
    const { rail, planId, callsTo } = neverminedBackend({ plan: { cardProvider: 'braintree' } });
    const card = neverminedCard({ planId });
    await expect(rail().hold(holdRequest(card))).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
    const delegation = {
      provider: 'braintree' as const,
      providerPaymentMethodId: 'vault_1',
      spendingLimitCents: 500,
      durationSecs: 60_000,
      currency: 'usd' as const,
    };
    const hold = await rail({ delegation }).hold(holdRequest(card));
    expect(hold.state).toMatchObject({ scheme: 'nvm:card-delegation', network: 'braintree' });
    expect(callsTo('/delegation/create')[0]?.body).toEqual(delegation);
  });

  it('ends with the caller’s signal, without ending what others wait for', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { rail, planId } = neverminedBackend({
      intercept: ({ url }) =>
        url.includes('/protocol/plans/') ? gate.promise : Promise.resolve(undefined),
    });
    const paying = rail();
    const controller = new AbortController();
    const card = neverminedCard({ planId });
    const aborted = paying.hold(holdRequest(card), { abortSignal: controller.signal });
    const other = paying.hold(holdRequest(card));
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    gate.resolve(undefined);
    expect(await other).toMatchObject({ payee: agentId });
  });
});

describe('the plan', () => {
  it('is the one on the card', async () => {
    const { rail, planId, callsTo } = neverminedBackend();
    await rail().hold(holdRequest(neverminedCard({ planId })));
    expect(callsTo(`/protocol/plans/${planId}/balance`)).toEqual([]);
  });

  it('is the first with enough credits where the card has several', async () => {
    const { rail, addPlan } = neverminedBackend();
    const planIds = [addPlan(), addPlan({ credits: 3 }), addPlan()];
    const [, few = '', enough = ''] = planIds;
    const paying = rail();
    const card = neverminedCard({ planIds });
    const planOf = async () => (await paying.hold(holdRequest(card))).state?.['planId'];
    expect(await planOf()).toBe(planIds[0]);
    await paying.order(few);
    expect(await planOf()).toBe(few);
    await paying.order(enough);
    expect(await planOf()).toBe(enough);
  });

  it('is the configured one, if the agent takes it', async () => {
    const { rail, addPlan } = neverminedBackend();
    const [one, other, foreign] = [addPlan(), addPlan(), addPlan()];
    const card = neverminedCard({ planIds: [one, other] });
    const hold = await rail({ planId: other }).hold(holdRequest(card));
    expect(hold.state).toMatchObject({ planId: other });
    await expect(rail({ planId: foreign }).hold(holdRequest(card))).rejects.toMatchObject({
      code: 'NO_PAYEE',
      message: expect.stringContaining(one),
    });
    const bare = await rail({ planId: [foreign] }).hold(holdRequest(undefined));
    expect(bare.state).toMatchObject({ planId: foreign });
    await expect(rail().hold(holdRequest(undefined))).rejects.toMatchObject({ code: 'NO_PAYEE' });
  });

  it('is ordered once when it is empty and that was asked for, and never otherwise', async () => {
    const { rail, planId, callsTo, backend, buyer } = neverminedBackend();
    const card = neverminedCard({ planId });
    await rail().hold(holdRequest(card));
    expect(callsTo(`/protocol/plans/${planId}/order`)).toEqual([]);
    const paying = rail({ autoOrder: true });
    await Promise.all(Array.from({ length: 5 }, () => paying.hold(holdRequest(card))));
    expect(callsTo(`/protocol/plans/${planId}/order`)).toHaveLength(1);
    expect(backend.ledger().plans[0]?.balances).toEqual({ [buyer.address]: 100 });
  });
});

describe('in code', () => {
  it('plans, orders and balances are there for people', async () => {
    const { rail, planId, buyer } = neverminedBackend();
    const paying = rail({ delegation: undefined, planId });
    expect(await paying.plans()).toEqual([
      {
        planId,
        name: 'Hundred',
        credits: '100',
        scheme: 'nvm:erc4337',
        cardProvider: undefined,
        price: { amounts: ['1000000'], currency: 'USDC' },
        balance: '0',
      },
    ]);
    expect(await paying.order(planId)).toEqual({ transaction: expect.stringMatching(/^0x/) });
    expect(await paying.balance()).toEqual([
      { amount: 100, currency: { code: 'credits', decimals: 0 }, of: planId },
    ]);
    expect(buyer.address).toMatch(/^0x/);
  });

  it('balances of plans that a card named are known', async () => {
    const { rail, planId } = neverminedBackend();
    const paying = rail();
    expect(await paying.balance()).toEqual([]);
    paying.terms(neverminedCard({ planId }), { skill: undefined });
    expect(await paying.balance()).toMatchObject([{ of: planId, amount: 0 }]);
  });

  it('a plan that is paid by card begins a checkout', async () => {
    const { rail, addPlan } = neverminedBackend();
    const planId = addPlan({ cardProvider: 'stripe' });
    expect(await rail().order(planId)).toEqual({
      checkout: { result: { sessionId: expect.stringMatching(/^cs_test_/) } },
    });
  });

  it('an access token pays a call of one’s own', async () => {
    const { rail, planId, now } = neverminedBackend();
    expect(await rail().accessToken({ planId, agentId })).toEqual({
      accessToken: expect.stringMatching(/^eyJ[\w-]+$/),
      version: 2,
      expiresAt: new Date(now().getTime() + 3_600_000),
    });
    const bound = { planId, agentId, resourceUrl: agentUrl };
    expect(await rail({ tokenVersion: 3 }).accessToken(bound)).toMatchObject({ version: 3 });
  });

  it('a seal is the same for all who have the key', async () => {
    const { rail } = neverminedBackend();
    const other = neverminedBackend();
    const seal = await rail().seal?.('text');
    expect(await rail().seal?.('text')).toBe(seal);
    expect(await other.rail().seal?.('text')).not.toBe(seal);
  });
});
