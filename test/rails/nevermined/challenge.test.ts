import { describe, expect, it } from 'vitest';
import type { PaymentChallenge } from '../../../src/rails/rail';
import { agentId, agentUrl, holdRequest, neverminedBackend, neverminedCard } from './backend';

const options = { hasLimit: () => true };

function required(planId: string, more: object = {}) {
  return {
    x402Version: 2,
    resource: { url: agentUrl },
    accepts: [
      {
        scheme: 'nvm:erc4337',
        network: 'eip155:84532',
        planId,
        extra: { version: '1', agentId, httpVerb: 'POST' },
      },
    ],
    extensions: {},
    ...more,
  };
}

function asked(body: unknown) {
  return {
    state: 'input-required',
    metadata: { 'x402.payment.status': 'payment-required', 'x402.payment.required': body },
  };
}

describe('a challenge', () => {
  it('is read in band, and from the header of a 402', () => {
    const { rail, planId } = neverminedBackend();
    const body = required(planId);
    const challenge: PaymentChallenge = {
      payee: agentId,
      amount: 1,
      currency: { code: 'credits', decimals: 0 },
      offer: {
        planIds: [planId],
        scheme: 'nvm:erc4337',
        network: 'eip155:84532',
        resourceUrl: agentUrl,
      },
    };
    expect(rail().challenge?.(asked(body), options)).toEqual(challenge);
    const header = Buffer.from(JSON.stringify(body)).toString('base64');
    expect(rail().challenge?.({ headers: { 'payment-required': header } }, options)).toEqual(
      challenge,
    );
  });

  it('costs what the card says, for a challenge names no amount', () => {
    const { rail, planId } = neverminedBackend();
    const paying = rail();
    paying.terms(neverminedCard({ planId, credits: 7 }), { skill: undefined });
    expect(paying.challenge?.(asked(required(planId)), options)).toMatchObject({ amount: 7 });
  });

  it.each([
    ['nothing', undefined],
    ['x402 alone', { accepts: [{ scheme: 'exact', network: 'eip155:84532', amount: '1' }] }],
    ['no agent', { accepts: [{ scheme: 'nvm:erc4337', network: 'x', planId: '1', extra: {} }] }],
    ['no offers', { accepts: [] }],
    ['a text', 'pay me'],
  ])('is none of this rail’s with %s', (_, body) => {
    expect(neverminedBackend().rail().challenge?.(asked(body), options)).toBeUndefined();
  });

  it('is none in other states, nor in a header that is no JSON', () => {
    const { rail, planId } = neverminedBackend();
    const metadata = {
      'x402.payment.status': 'payment-completed',
      'x402.payment.required': required(planId),
    };
    expect(rail().challenge?.({ metadata }, options)).toBeUndefined();
    const headers = { 'payment-required': '%%%' };
    expect(rail().challenge?.({ headers }, options)).toBeUndefined();
  });

  it('beside offers of x402 is read past them', () => {
    const { rail, planId } = neverminedBackend();
    const own = required(planId).accepts;
    const accepts = [{ scheme: 'exact', network: 'eip155:8453', amount: '5' }, ...own];
    expect(rail().challenge?.(asked(required(planId, { accepts })), options)).toMatchObject({
      payee: agentId,
    });
  });

  it('with an empty plan means those on the card', async () => {
    const { rail, planId, addPlan } = neverminedBackend();
    const other = addPlan();
    const paying = rail();
    paying.terms(neverminedCard({ planIds: [other, planId] }), { skill: undefined });
    const challenge = paying.challenge?.(asked(required('')), options);
    const hold = await paying.hold(holdRequest(undefined, { challenge }));
    expect(hold.state).toMatchObject({ planId: other });
  });

  it('is answered with a new token, bound to the address that the seller names for itself', async () => {
    const { rail, planId, callsTo } = neverminedBackend();
    const paying = rail({ tokenVersion: 3 });
    const card = neverminedCard({ planId });
    await paying.hold(holdRequest(card));
    // Behind a proxy a seller sees http.
    const seen = agentUrl.replace('https:', 'http:');
    const challenge = paying.challenge?.(
      asked(required(planId, { resource: { url: seen } })),
      options,
    );
    const hold = await paying.hold(holdRequest(card, { challenge }));
    expect(hold.state).toMatchObject({ resourceUrl: seen });
    expect(callsTo('/x402/permissions')).toHaveLength(2);
  });

  it('cannot bind a token to somebody else’s address', async () => {
    const { rail, planId } = neverminedBackend();
    const paying = rail({ tokenVersion: 3 });
    const resource = { url: 'https://elsewhere.example.com/a2a/' };
    const challenge = paying.challenge?.(asked(required(planId, { resource })), options);
    const hold = await paying.hold(holdRequest(neverminedCard({ planId }), { challenge }));
    expect(hold.state).toMatchObject({ resourceUrl: agentUrl });
  });

  it('is not answered with the token of version 2 that was refused', async () => {
    const { rail, planId, callsTo } = neverminedBackend();
    const paying = rail();
    const card = neverminedCard({ planId });
    await paying.hold(holdRequest(card));
    const challenge = paying.challenge?.(asked(required(planId)), options);
    await paying.hold(holdRequest(card, { challenge }));
    expect(callsTo('/x402/permissions')).toHaveLength(2);
    await paying.hold(holdRequest(card));
    expect(callsTo('/x402/permissions')).toHaveLength(2);
  });
});
