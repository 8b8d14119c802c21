import { describe, expect, it } from 'vitest';
import type { PaymentChallenge } from '../../../src/rails/rail';
import {
  agentId,
  agentUrl,
  asked,
  holdRequest,
  neverminedBackend,
  neverminedCard,
  required,
} from './backend';

const options = { hasLimit: () => true };

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

  it('costs no less because another card says so of the same agent', () => {
    const { rail, planId } = neverminedBackend();
    const paying = rail();
    paying.terms(neverminedCard({ planId, credits: 7 }), { skill: undefined });
    paying.terms(neverminedCard({ planId, credits: 1 }, 'https://thief.example.com/'), {
      skill: undefined,
    });
    expect(paying.challenge?.(asked(required(planId)), options)).toMatchObject({ amount: 7 });
  });

  it('costs one credit where the card says none: sellers verify one', () => {
    const { rail, planId } = neverminedBackend();
    const paying = rail();
    paying.terms(neverminedCard({ planId, credits: 0 }), { skill: undefined });
    expect(paying.challenge?.(asked(required(planId)), options)).toMatchObject({ amount: 1 });
  });

  it('of several agents is the first one’s: the plans of others are not its', () => {
    const { rail } = neverminedBackend();
    const [first] = required('1').accepts;
    const [other] = required('2').accepts;
    const accepts = [first, { ...other, extra: { agentId: 'did:nv:other' } }];
    expect(rail().challenge?.(asked(required('', { accepts })), options)).toMatchObject({
      payee: agentId,
      offer: { planIds: ['1'] },
    });
  });

  it('that names thousands of plans is read for the first few', async () => {
    const { rail, calls } = neverminedBackend();
    const accepts = Array.from(
      { length: 3000 },
      (_, index) => required(String(index + 1)).accepts[0],
    );
    const body = asked(required('', { accepts }));
    const paying = rail();
    const request = holdRequest(undefined, { challenge: paying.challenge?.(body, options) });
    await expect(paying.hold(request)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(calls.length).toBeLessThan(25);
    // Those that the payer configured are found among all of them.
    const configured = rail({ planId: '2999' });
    const challenge = configured.challenge?.(body, options);
    const refusal = configured.hold(holdRequest(undefined, { challenge }));
    await expect(refusal).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(calls.at(-1)?.path).toBe('/protocol/plans/2999');
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
    const challenge = paying.challenge?.(asked(required('')), options);
    const card = neverminedCard({ planIds: [other, planId] });
    const hold = await paying.hold(holdRequest(card, { challenge }));
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

  it.each([
    ['address', 'https://elsewhere.example.com/a2a/'],
    ['path', `${agentUrl}other`],
  ])('cannot bind a token to somebody else’s %s', async (_, url) => {
    const { rail, planId } = neverminedBackend();
    const paying = rail({ tokenVersion: 3 });
    const resource = { url };
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
