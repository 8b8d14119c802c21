import { describe, expect, test, vi } from 'vitest';
import type { Price, PriceOptions } from '../../src/settlement/plan/price';
import { resolvePrice } from '../../src/settlement/plan/resolve-price';

interface Case {
  own?: PriceOptions & { tokensPerCall?: number };
  common?: PriceOptions;
  card?: { amount?: number; pricingModel?: string; unitSize?: number };
  limitPerCall?: number;
  providerOptions?: Record<string, Record<string, string>>;
}

const resolve = ({ own = {}, common = {}, card, limitPerCall, providerOptions }: Case) =>
  resolvePrice(
    {
      agent: 'agent',
      ...(card !== undefined && { terms: { ...card, required: false } }),
      ...(providerOptions !== undefined && { providerOptions }),
    },
    { own, common, defaultTokens: 10, limitPerCall, maxAmount: 10_000 },
  );

const units = (baseTokens: number, per: number) => ({ of: 'units', baseTokens, per });
const minutes = (baseTokens: number) => ({ of: 'milliseconds', baseTokens, per: 60_000 });

describe('who says what a call costs', () => {
  test.each<[string, Case, number]>([
    ['nobody', {}, 10],
    ['the card', { card: { amount: 5 } }, 5],
    ['a card without a price', { card: {} }, 10],
    ['a price for all, over the card', { common: { price: 7 }, card: { amount: 5 } }, 7],
    ['tokensPerCall of the agent', { own: { tokensPerCall: 3 }, common: { price: 7 } }, 3],
    ['the price of the agent', { own: { price: 2, tokensPerCall: 3 } }, 2],
    ['nothing to pay', { own: { price: 0 }, card: { amount: 5 } }, 0],
    [
      'a function',
      { own: { price: ({ terms }) => (terms?.amount ?? 0) * 2 }, card: { amount: 5 } },
      10,
    ],
    ['a slow function', { common: { price: async () => 4 } }, 4],
    ['terms for a request', { own: { price: { model: 'per-request', baseTokens: 6 } } }, 6],
    ['a card of an unknown model', { card: { amount: 5, pricingModel: 'flat-rate' } }, 5],
    ['a negotiable card', { card: { amount: 5, pricingModel: 'negotiable' } }, 5],
    ['a negotiable card without a base', { card: { pricingModel: 'negotiable' } }, 10],
    ['negotiable terms', { common: { price: { model: 'negotiable' } }, card: { amount: 5 } }, 10],
    ['their base', { own: { price: { model: 'negotiable', baseTokens: 6 } } }, 6],
  ])('%s', async (_, options, amount) => {
    expect(await resolve(options)).toEqual({ amount });
  });

  test('a function knows the call, and its error is the caller’s', async () => {
    const price = vi.fn(() => 1);
    await resolve({ own: { price }, providerOptions: { mine: { tier: 'gold' } }, card: {} });
    expect(price).toHaveBeenCalledWith({
      agent: 'agent',
      terms: { required: false },
      providerOptions: { mine: { tier: 'gold' } },
    });
    const error = new Error('no tariff');
    const failing = () => {
      throw error;
    };
    await expect(resolve({ own: { price: failing } })).rejects.toBe(error);
  });
});

describe('where use decides, a maximum is held', () => {
  test.each<[string, Case, { amount: number; metering: object }]>([
    [
      'ten times the base of a card',
      { card: { amount: 5, pricingModel: 'per-unit', unitSize: 50 } },
      { amount: 50, metering: units(5, 50) },
    ],
    [
      'units of a thousand where the card does not say',
      { card: { amount: 5, pricingModel: 'per-unit' } },
      { amount: 50, metering: units(5, 1000) },
    ],
    [
      'ten minutes',
      { card: { amount: 6, pricingModel: 'per-minute' } },
      { amount: 60, metering: minutes(6) },
    ],
    [
      'no more than the rail can',
      {
        common: { maxTokensPerCall: 10_000 },
        card: { amount: 4000, pricingModel: 'per-minute' },
      },
      { amount: 10_000, metering: minutes(4000) },
    ],
    [
      'maxTokens for all',
      { common: { maxTokens: 30 }, card: { amount: 6, pricingModel: 'per-minute' } },
      { amount: 30, metering: minutes(6) },
    ],
    [
      'maxTokens of the agent',
      {
        own: { maxTokens: 25 },
        common: { maxTokens: 30 },
        card: { amount: 6, pricingModel: 'per-minute' },
      },
      { amount: 25, metering: minutes(6) },
    ],
    [
      'maxTokens of the terms',
      {
        own: {
          price: { model: 'per-unit', baseTokens: 2, unitSize: 0.5, maxTokens: 20 },
          maxTokens: 25,
        },
      },
      { amount: 20, metering: units(2, 0.5) },
    ],
    [
      'no more than the ceiling',
      { common: { maxTokensPerCall: 40 }, card: { amount: 6, pricingModel: 'per-minute' } },
      { amount: 40, metering: minutes(6) },
    ],
    [
      'no more than limits.perCall',
      { limitPerCall: 40, card: { amount: 6, pricingModel: 'per-minute' } },
      { amount: 40, metering: minutes(6) },
    ],
    [
      'whole tokens under a limit that is none',
      { limitPerCall: 37.5, card: { amount: 6, pricingModel: 'per-minute' } },
      { amount: 37, metering: minutes(6) },
    ],
    [
      'the base, that limits.perCall may refuse it',
      { limitPerCall: 4, card: { amount: 6, pricingModel: 'per-minute' } },
      { amount: 6, metering: minutes(6) },
    ],
  ])('%s', async (_, options, resolved) => {
    expect(await resolve(options)).toEqual(resolved);
  });

  test('nothing for nothing', async () => {
    expect(await resolve({ card: { amount: 0, pricingModel: 'per-unit' } })).toEqual({ amount: 0 });
  });
});

describe('the ceiling', () => {
  test.each<[string, Case]>([
    ['a card', { card: { amount: 21 } }],
    ['a card that asks for a minute', { card: { amount: 21, pricingModel: 'per-minute' } }],
    ['a function', { own: { price: () => 21 } }],
    ['a setting', { own: { tokensPerCall: 21 } }],
  ])('%s that asks for more is refused', async (_, options) => {
    for (const ceiling of ['own', 'common'] as const) {
      const refused = resolve({
        ...options,
        [ceiling]: { ...options[ceiling], maxTokensPerCall: 20 },
      });
      await expect(refused).rejects.toMatchObject({
        name: 'AI_SettlementError',
        code: 'LIMIT_EXCEEDED',
        message: expect.stringContaining('maxTokensPerCall allows 20'),
      });
    }
  });

  test('the agent’s own one counts', async () => {
    const options = { own: { maxTokensPerCall: 50 }, common: { maxTokensPerCall: 20 } };
    expect(await resolve({ ...options, card: { amount: 50 } })).toEqual({ amount: 50 });
  });
});

describe('a price that makes no sense names its setting', () => {
  test.each([-1, 1.5, 10_001, Number.NaN, Number.POSITIVE_INFINITY])('%d', async (wrong) => {
    const cases: [Case, string][] = [
      [{ own: { price: wrong } }, 'agents["agent"].price must'],
      [{ own: { price: () => wrong } }, 'agents["agent"].price must'],
      [{ own: { tokensPerCall: wrong } }, 'agents["agent"].tokensPerCall must'],
      [{ common: { price: async () => wrong } }, ': price must'],
      [{ own: { maxTokensPerCall: wrong } }, 'agents["agent"].maxTokensPerCall must'],
      [{ common: { maxTokensPerCall: wrong } }, ': maxTokensPerCall must'],
      [{ own: { price: terms({ baseTokens: wrong }) } }, 'agents["agent"].price.baseTokens must'],
      [{ own: { price: terms({ maxTokens: wrong }) } }, 'agents["agent"].price.maxTokens must'],
      [{ common: { price: terms({}), maxTokens: wrong } }, ': maxTokens must'],
    ];
    for (const [options, words] of cases) {
      await expect(resolve(options)).rejects.toMatchObject({
        code: 'INVALID_AMOUNT',
        message: expect.stringContaining(words),
      });
    }
  });

  test.each([0, -1, Number.NaN])('a unitSize of %d', async (unitSize) => {
    await expect(resolve({ common: { price: terms({ unitSize }) } })).rejects.toMatchObject({
      code: 'INVALID_AMOUNT',
      message: expect.stringContaining('price.unitSize must'),
    });
  });
});

function terms(rest: { baseTokens?: number; maxTokens?: number; unitSize?: number }): Price {
  return { model: 'per-unit', baseTokens: 1, ...rest };
}
