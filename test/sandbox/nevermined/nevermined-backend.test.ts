import { describe, expect, it } from 'vitest';
import { encodeAccessToken, readAccessToken } from '../../../src/rails/nevermined/schemas';
import { bound, endpoint, neverminedApi } from './api';

async function withToken(
  more: Record<string, unknown> = {},
  options: Parameters<typeof neverminedApi>[0] = {},
) {
  const api = neverminedApi(options);
  await api.order();
  const delegationId = await api.delegate();
  const token = (await api.permit(delegationId, more)).json['accessToken'];
  return { ...api, delegationId, token };
}

describe('plans', () => {
  it('say what they cost and how they are paid', async () => {
    const { call, planId, backend, seller } = neverminedApi();
    expect(planId).toMatch(/^\d{60,78}$/);
    expect((await call('GET', `/protocol/plans/${planId}`)).json).toMatchObject({
      id: planId,
      registry: { price: { isCrypto: true }, credits: { amount: '100' } },
      metadata: { main: { name: 'Hundred' } },
    });
    const card = backend.addPlan(seller, { name: 'Card', credits: 1, cardProvider: 'visa' });
    expect((await call('GET', `/protocol/plans/${card}`)).json).toMatchObject({
      registry: { price: { isCrypto: false } },
      metadata: { plan: { fiatPaymentProvider: 'visa' } },
    });
    expect(await call('GET', '/protocol/plans/1')).toMatchObject({ status: 404 });
    expect((await call('GET', '/protocol/plans', { key: seller.apiKey })).json).toMatchObject({
      total: 2,
    });
  });

  it('grant credits to who orders them, and to whom their seller mints some', async () => {
    const { order, balance, call, planId, buyer, seller } = neverminedApi();
    expect(await balance()).toBe('0');
    expect((await order()).json).toEqual({ success: true, txHash: expect.stringMatching(/^0x/) });
    expect(await balance()).toBe('100');
    const body = {
      planId,
      amount: '7',
      creditsReceiver: buyer.address.toUpperCase().replace('0X', '0x'),
    };
    expect(await call('POST', '/protocol/plans/mint', { key: buyer.apiKey, body })).toMatchObject({
      status: 403,
    });
    await call('POST', '/protocol/plans/mint', { key: seller.apiKey, body });
    expect(await balance()).toBe('107');
  });

  it('that are paid by card are ordered by a checkout', async () => {
    const { order, balance, call, planId, buyer } = neverminedApi({
      plan: { name: 'Card', credits: 10, cardProvider: 'stripe' },
    });
    expect(await order()).toMatchObject({ status: 400 });
    const body = { planId, sessionType: 'embedded' };
    await call('POST', '/fiat/stripe/payment', { key: buyer.apiKey, body });
    expect(await balance()).toBe('10');
  });

  it('need a key where something is done', async () => {
    const { call, planId } = neverminedApi();
    for (const path of [
      `/protocol/plans/${planId}/order`,
      '/delegation/create',
      '/x402/permissions',
    ]) {
      expect(await call('POST', path, { key: 'local:wrong', body: {} })).toMatchObject({
        status: 401,
        json: { message: 'Unauthorized', httpStatus: 401 },
      });
    }
  });
});

describe('tokens', () => {
  it('of version 2 settle again and again', async () => {
    const { token, pay, balance } = await withToken();
    expect(readAccessToken(String(token))?.version).toBe(2);
    expect((await pay('verify', token)).json).toMatchObject({ isValid: true });
    for (const left of ['97', '94']) {
      expect((await pay('settle', token, { amount: '3' })).json).toMatchObject({
        success: true,
        creditsRedeemed: '3',
        remainingBalance: left,
        network: 'eip155:84532',
        transaction: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      });
      expect(await balance()).toBe(left);
    }
  });

  it('of version 3 settle once, and verify also when they are spent', async () => {
    const { token, pay, balance } = await withToken(bound);
    expect(readAccessToken(String(token))?.version).toBe(3);
    const [one, other] = await Promise.all([
      pay('settle', token, { amount: '3' }),
      pay('settle', token, { amount: '3' }),
    ]);
    expect([one.status, other.status].sort()).toEqual([201, 409]);
    expect([one, other].find(({ status }) => status === 409)?.json).toMatchObject({
      code: 'BCK.X402.0059',
    });
    expect((await pay('verify', token)).json).toMatchObject({ isValid: true });
    expect(await balance()).toBe('97');
  });

  it.each([
    ['another address', { url: 'https://elsewhere.example.com/a2a/' }],
    ['another scheme of the address', { url: endpoint.replace('https', 'http') }],
    ['another agent', { extra: { agentId: 'did:nv:other', httpVerb: 'POST' } }],
    ['another verb', { extra: { agentId: 'did:nv:seller', httpVerb: 'GET' } }],
  ])('of version 3 do not pay at %s, those of version 2 do', async (_, at) => {
    const version3 = await withToken(bound);
    expect((await version3.pay('verify', version3.token, at)).json).toMatchObject({
      isValid: false,
    });
    expect(await version3.pay('settle', version3.token, at)).toMatchObject({ status: 400 });
    const version2 = await withToken();
    expect((await version2.pay('verify', version2.token, at)).json).toMatchObject({
      isValid: true,
    });
  });

  it('of version 3 are compared by origin and path', async () => {
    const { token, pay } = await withToken(bound);
    const at = { url: `${endpoint}?session=1` };
    expect((await pay('verify', token, at)).json).toMatchObject({ isValid: true });
  });

  it('are of version 2 from a backend that knows no 3, whatever was asked', async () => {
    const { token } = await withToken(bound, { newestTokenVersion: 2 });
    expect(readAccessToken(String(token))?.version).toBe(2);
    const unasked = await withToken({}, { defaultTokenVersion: 3 });
    expect(readAccessToken(String(unasked.token))?.version).toBe(3);
  });

  it('that were changed or made up pay nothing', async () => {
    const { token, pay, balance } = await withToken(bound);
    const wire = readAccessToken(String(token))?.wire ?? {};
    const forged = [
      'nothing',
      encodeAccessToken({ ...wire, resource: { url: 'https://elsewhere.example.com/' } }),
      encodeAccessToken({ ...wire, payload: { signature: '0x00', authorization: { from: '0x' } } }),
    ];
    for (const text of forged) {
      expect((await pay('verify', text)).json).toMatchObject({ isValid: false });
      expect(await pay('settle', text)).toMatchObject({
        status: 400,
        json: { code: 'BCK.X402.0005' },
      });
    }
    expect(await balance()).toBe('100');
  });

  it('are for one plan, scheme and network', async () => {
    const { token, pay } = await withToken();
    for (const at of [
      { planId: '1' },
      { scheme: 'nvm:card-delegation' },
      { network: 'eip155:8453' },
    ]) {
      expect((await pay('verify', token, at)).json).toMatchObject({ isValid: false });
    }
  });

  it('need a delegation of one’s own that is not over', async () => {
    const { delegationId, permit, passSeconds, token, pay } = await withToken();
    expect(await permit('unknown')).toMatchObject({ status: 404 });
    expect(await permit(delegationId, {}, { scheme: 'nvm:card-delegation' })).toMatchObject({
      status: 400,
    });
    passSeconds(3601);
    expect(await permit(delegationId)).toMatchObject({ status: 402 });
    expect((await pay('verify', token)).json).toMatchObject({ isValid: false });
    expect(await pay('settle', token)).toMatchObject({ status: 402 });
  });
});

describe('a settlement', () => {
  it('orders the plan again when credits are short, within the delegation', async () => {
    const { planId, delegate, permit, pay, balance, backend } = neverminedApi();
    const delegationId = await delegate({ spendingLimitCents: 250 });
    const token = (await permit(delegationId)).json['accessToken'];
    expect((await pay('verify', token)).json).toMatchObject({ isValid: true });
    expect((await pay('settle', token, { amount: '120' })).json).toMatchObject({
      creditsRedeemed: '120',
      remainingBalance: '80',
      orderTx: expect.stringMatching(/^0x/),
    });
    expect(await pay('settle', token, { amount: '100' })).toMatchObject({ status: 402 });
    expect(await balance()).toBe('80');
    expect(backend.ledger().delegations).toMatchObject([{ spentCents: 200, transactions: 1 }]);
    expect(backend.ledger().plans).toMatchObject([{ planId, minted: 200, burned: 120 }]);
  });

  it('of a pay-as-you-go plan takes money, and no credits', async () => {
    const { delegate, permit, pay, backend } = neverminedApi({
      plan: { name: 'As you go', credits: 1, priceCents: 2, isPayAsYouGo: true },
    });
    const token = (await permit(await delegate())).json['accessToken'];
    expect((await pay('settle', token, { amount: '5' })).json).toMatchObject({
      success: true,
      creditsRedeemed: '0',
      transaction: '',
      orderTx: expect.stringMatching(/^0x/),
      billingModel: 'pay-as-you-go',
    });
    expect(backend.ledger().delegations).toMatchObject([{ spentCents: 10 }]);
  });

  it('ends with the delegation’s number of payments, and may take nothing', async () => {
    const { order, delegate, permit, pay } = neverminedApi();
    await order();
    const token = (await permit(await delegate({ maxTransactions: 2 }))).json['accessToken'];
    expect((await pay('settle', token, { amount: '0' })).json).toMatchObject({
      success: true,
      creditsRedeemed: '0',
    });
    expect(await pay('settle', token, { amount: '1' })).toMatchObject({ status: 201 });
    expect(await pay('settle', token, { amount: '1' })).toMatchObject({ status: 402 });
  });

  it('of a plan that the delegation is not for is not granted', async () => {
    const { delegate, permit, planId } = neverminedApi();
    expect(await permit(await delegate({ planId: '1' }))).toMatchObject({ status: 403 });
    expect(await permit(await delegate({ planId }))).toMatchObject({ status: 201 });
  });

  it.each(['1.5', '-1', '', 'many', 1])('takes no %j', async (amount) => {
    const { token, pay } = await withToken();
    expect(await pay('settle', token, { amount: amount as string })).toMatchObject({ status: 400 });
  });

  it('keeps the books: what was minted is there or was burned', async () => {
    const { token, pay, backend } = await withToken();
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => pay('settle', token, { amount: String(i) })),
    );
    for (const { minted, burned, balances } of backend.ledger().plans) {
      const left = Object.values(balances).reduce((sum, credits) => sum + credits, 0);
      expect(minted).toBe(burned + left);
      expect(Math.min(...Object.values(balances))).toBeGreaterThanOrEqual(0);
      expect(burned).toBe((39 * 40) / 2);
    }
  });
});

it('can be made to fail as a real one may', async () => {
  const { call, planId } = neverminedApi({
    intercept: async ({ method }) =>
      method === 'GET' ? Response.json({ message: 'down' }, { status: 500 }) : undefined,
  });
  expect(await call('GET', `/protocol/plans/${planId}`)).toEqual({
    status: 500,
    json: { message: 'down' },
  });
  expect(await call('POST', `/protocol/plans/${planId}/order`)).toMatchObject({ status: 401 });
});
