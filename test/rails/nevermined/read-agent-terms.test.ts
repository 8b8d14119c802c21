import { describe, expect, it } from 'vitest';
import { agentId, neverminedBackend, neverminedCard } from './backend';

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
