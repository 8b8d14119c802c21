import { describe, expect, it } from 'vitest';
import { readAccessToken } from '../../../src/rails/nevermined/schemas';
import type { Hold } from '../../../src/rails/rail';
import {
  agentId,
  agentUrl,
  backendUrl,
  holdRequest,
  neverminedBackend,
  neverminedCard,
} from './backend';

const inBandKeys = { status: 'x402.payment.status', payload: 'x402.payment.payload' };

describe('terms', () => {
  it('are those of the payment extension', () => {
    const { rail, planId } = neverminedBackend();
    expect(rail().terms(neverminedCard({ planId }), { skill: undefined })).toEqual({
      payee: agentId,
      amount: 5,
      pricingModel: 'per-request',
      currency: { code: 'credits', decimals: 0 },
      required: false,
      skills: ['write'],
    });
  });

  it.each([
    [{ credits: 0, isTrialPlan: true }, { amount: 1 }],
    [{ credits: undefined }, { amount: 1 }],
    [{ credits: 2.5 }, { amount: 1 }],
    [{ credits: '5' }, { amount: 1 }],
    [{ agentId: undefined }, { isAsked: true }],
    [{ agentId: ' ' }, { isAsked: true }],
  ])('reads %j as %j', (params, expected) => {
    const terms = neverminedBackend().rail().terms(neverminedCard(params), { skill: undefined });
    expect(terms).toMatchObject(expected);
  });

  it('are nothing for cards that do not speak of Nevermined', () => {
    const rail = neverminedBackend().rail();
    for (const card of [undefined, null, 'card', {}, { capabilities: { extensions: [] } }]) {
      expect(rail.terms(card, { skill: undefined })).toBeUndefined();
    }
  });

  it('are asked for where the card only says that the agent speaks a2a-x402', () => {
    const rail = neverminedBackend().rail();
    for (const uri of [
      'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2',
      'https://github.com/google-a2a/a2a-x402/v0.1',
    ]) {
      const card = { capabilities: { extensions: [{ uri, required: true }] } };
      expect(rail.terms(card, { skill: undefined })).toEqual({
        isAsked: true,
        currency: { code: 'credits', decimals: 0 },
        required: true,
      });
    }
  });

  it('ask for nothing: no request goes out', () => {
    const { rail, planId, calls } = neverminedBackend();
    const created = rail();
    created.terms(neverminedCard({ planId }), { skill: undefined });
    created.assertConfigured();
    expect(calls).toEqual([]);
  });
});

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

describe('tokens', () => {
  it('of version 2 go into the header, and never in band', async () => {
    const { rail, planId } = neverminedBackend();
    const paying = rail();
    const hold = await paying.hold(holdRequest(neverminedCard({ planId })));
    const first = await paying.decorate(hold, { isFirst: true });
    expect(first.metadata).toEqual({});
    expect(first.extensions).toContain('urn:nevermined:payment');
    expect(readAccessToken(first.headers?.['payment-signature'] ?? '')).toMatchObject({
      version: 2,
      token: { accepted: { planId, extra: { agentId } } },
    });
    expect(await paying.decorate(hold)).toEqual(first);
  });

  it('of version 3 go in band, one a message, bound to the agent’s address', async () => {
    const { rail, planId, callsTo } = neverminedBackend();
    const paying = rail({ tokenVersion: 3 });
    const hold = await paying.hold(holdRequest(neverminedCard({ planId })));
    expect(hold.state).toMatchObject({ version: 3, resourceUrl: agentUrl });
    expect(callsTo('/x402/permissions')[0]?.body).toMatchObject({
      accepted: { extra: { agentId, httpVerb: 'POST' } },
      resource: { url: agentUrl },
      tokenVersion: 3,
    });
    const first = await paying.decorate(hold, { isFirst: true });
    const token = readAccessToken(first.headers?.['payment-signature'] ?? '');
    expect(token).toMatchObject({ version: 3, token: { resource: { url: agentUrl } } });
    expect(first.metadata).toEqual({
      [inBandKeys.status]: 'payment-submitted',
      [inBandKeys.payload]: token?.wire,
    });
    expect(callsTo('/x402/permissions')).toHaveLength(1);
    const second = await paying.decorate(hold, { isFirst: false });
    expect(second.headers).not.toEqual(first.headers);
    expect(callsTo('/x402/permissions')).toHaveLength(2);
    await paying.hold(holdRequest(neverminedCard({ planId })));
    expect(callsTo('/x402/permissions')).toHaveLength(3);
  });

  it('are what they show, not what was asked for', async () => {
    const older = neverminedBackend({ newestTokenVersion: 2 });
    const asking = older.rail({ tokenVersion: 3 });
    const hold = await asking.hold(holdRequest(neverminedCard({ planId: older.planId })));
    expect(hold.state).toMatchObject({ version: 2 });
    expect((await asking.decorate(hold)).metadata).toEqual({});
    expect(asking.notice?.()).toContain('version 2');
    expect(asking.notice?.()).toBeUndefined();

    const newer = neverminedBackend({ defaultTokenVersion: 3 });
    const silent = newer.rail();
    const other = await silent.hold(holdRequest(neverminedCard({ planId: newer.planId })));
    expect(other.state).toMatchObject({ version: 3 });
    expect((await silent.decorate(other)).metadata).toHaveProperty([inBandKeys.payload]);
  });

  it('of version 2 are minted again after their time, and after a call that came to nothing', async () => {
    const { rail, planId, callsTo, passMinutes } = neverminedBackend();
    const paying = rail({ tokenTtlMs: 300_000 });
    const card = neverminedCard({ planId });
    await paying.hold(holdRequest(card));
    passMinutes(4);
    const hold = await paying.hold(holdRequest(card));
    expect(callsTo('/x402/permissions')).toHaveLength(1);
    passMinutes(2);
    await paying.hold(holdRequest(card));
    expect(callsTo('/x402/permissions')).toHaveLength(2);
    await paying.refund(hold, { answer: { headers: {} } });
    await paying.hold(holdRequest(card));
    expect(callsTo('/x402/permissions')).toHaveLength(3);
  });

  it.each(['not-dispatched', 'unreachable'])(
    'come back at once when the agent has not seen them: %s',
    async (reason) => {
      const { rail, planId, callsTo } = neverminedBackend();
      const paying = rail();
      const card = neverminedCard({ planId });
      const hold = await paying.hold(holdRequest(card));
      expect(await paying.refund(hold, { reason })).toEqual({ status: 'refunded', returned: 5 });
      // Nobody has refused it: it is good for the next call.
      await paying.hold(holdRequest(card));
      expect(callsTo('/x402/permissions')).toHaveLength(1);
    },
  );

  it('can be minted for a hold of another process', async () => {
    const { rail, planId, callsTo } = neverminedBackend();
    const hold: Hold = JSON.parse(
      JSON.stringify(await rail({ tokenVersion: 3 }).hold(holdRequest(neverminedCard({ planId })))),
    );
    const { headers } = await rail({ tokenVersion: 3 }).decorate(hold);
    expect(readAccessToken(headers?.['payment-signature'] ?? '')?.version).toBe(3);
    expect(callsTo('/delegation/create')).toHaveLength(1);
  });

  it('need an address when they are to be bound', async () => {
    const { rail, planId } = neverminedBackend();
    const request = holdRequest(neverminedCard({ planId }, ''), { agent: undefined });
    await expect(rail({ tokenVersion: 3, planId }).hold(request)).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
    const resourceUrl = 'http://internal/a2a';
    const hold = await rail({ tokenVersion: 3, planId, resourceUrl }).hold(request);
    expect(hold.state).toMatchObject({ resourceUrl });
  });

  it('of another plan or agent than asked for are refused', async () => {
    const { rail, planId, fetch } = neverminedBackend();
    const other = neverminedBackend();
    const wrong = await other.rail().accessToken({ planId: other.planId, agentId });
    const paying = rail({
      fetch: async (input, init) =>
        new Request(input, init).url.endsWith('/permissions')
          ? Response.json({ accessToken: wrong.accessToken })
          : fetch(input, init),
    });
    const failure = await paying
      .hold(holdRequest(neverminedCard({ planId })))
      .catch((error) => error);
    expect(failure).toMatchObject({ code: 'UNEXPECTED_ANSWER' });
    expect(String(failure)).not.toContain(wrong.accessToken.slice(0, 30));
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
