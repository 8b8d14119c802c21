import { describe, expect, it } from 'vitest';
import { readAgentTerms } from '../../../src/rails/exchange/read-agent-terms';
import { SETTLEMENT_EXTENSION_URI } from '../../../src/rails/exchange/schemas';

const exchangeUrl = 'https://exchange.example.com';

const cardWith = (params: unknown, required: unknown = false) => ({
  name: 'agent',
  capabilities: {
    streaming: true,
    extensions: [
      { uri: 'https://example.com/other', params: { accountId: 'wrong' } },
      { uri: SETTLEMENT_EXTENSION_URI, required, params },
    ],
  },
});

const terms = (params: unknown, skill?: string) =>
  readAgentTerms(cardWith(params), { exchangeUrl, skill });

describe('the three shapes of a card', () => {
  it('reads the specification’s', () => {
    const card = cardWith(
      {
        exchangeUrls: ['https://exchange.example.com/api/v1'],
        preferredExchange: 'https://exchange.example.com/api/v1',
        accountIds: {
          'https://other.example.com/api/v1': 'account-b',
          'https://Exchange.example.com/api/v1/': 'account-a',
        },
        pricing: { scrape: { baseTokens: 12, model: 'per-request', currency: 'ATE' } },
        reputation: 0.9,
      },
      true,
    );
    expect(readAgentTerms(card, { exchangeUrl: `${exchangeUrl}/v1`, skill: 'scrape' })).toEqual({
      payee: 'account-a',
      amount: 12,
      pricingModel: 'per-request',
      currency: 'ATE',
      skills: ['scrape'],
      required: true,
    });
  });

  it('reads version 0.2', () => {
    expect(
      terms({
        exchangeUrl: `${exchangeUrl}/api/v1`,
        accountId: 'account-a',
        pricing: { scrape: { baseTokens: 5, model: 'per-unit', unitSize: 1000 } },
        currency: 'TOK',
      }),
    ).toEqual({
      payee: 'account-a',
      amount: 5,
      pricingModel: 'per-unit',
      unitSize: 1000,
      currency: 'TOK',
      skills: ['scrape'],
      required: false,
    });
  });

  it('reads that of the page at the extension’s URI', () => {
    expect(
      terms(
        {
          exchangeUrl,
          accountId: 'account-a',
          roles: ['provider'],
          pricing: { model: 'flat-rate', currency: 'ATE', skills: { scrape: 8, translate: 3 } },
          reputation: { score: 0.8, totalTransactions: 4 },
          kyaLevel: 1,
        },
        'translate',
      ),
    ).toEqual({
      payee: 'account-a',
      amount: 3,
      pricingModel: 'flat-rate',
      currency: 'ATE',
      skills: ['scrape', 'translate'],
      required: false,
    });
  });
});

describe('the skills', () => {
  it('are those that the card lists, and those that have a price', () => {
    const card = cardWith({ pricing: { scrape: 5, watch: 5 } });
    const skills = [{ id: 'talk' }, { id: 'scrape' }, { id: 7 }, 'look', {}];
    const read = readAgentTerms({ ...card, skills }, { exchangeUrl });
    expect(read?.skills).toEqual(['talk', 'scrape', 'watch']);
    expect(readAgentTerms({ ...card, skills: 'talk' }, { exchangeUrl })?.skills).toEqual([
      'scrape',
      'watch',
    ]);
    expect(terms({})?.skills).toBeUndefined();
  });

  const pricing = { look: 2, watch: { baseTokens: 3, model: 'per-unit', unitSize: 100 } };
  const prices = {
    look: { amount: 2 },
    watch: { amount: 3, pricingModel: 'per-unit', unitSize: 100 },
  };
  it.each([
    ['without a skill', undefined, prices],
    ['for a skill that has none', 'talk', prices],
    ['not for one that has', 'look', undefined],
  ])('each have a price: %s', (_, skill, expected) => {
    expect(terms({ pricing }, skill)?.prices).toEqual(expected);
  });

  it('of one price are no matter', () => {
    expect(terms({ pricing: { a: 3, b: { baseTokens: 3 } } })?.prices).toBeUndefined();
    expect(terms({ pricing: { a: 3 } })?.prices).toBeUndefined();
    expect(terms({})?.prices).toBeUndefined();
  });
});

describe('the payee', () => {
  it.each([
    ['the one at our exchange', { accountIds: { 'https://x.org': 'b', [exchangeUrl]: 'a' } }, 'a'],
    ['the one without an address', { accountIds: { 'https://x.org': 'b' }, accountId: 'c' }, 'c'],
    ['accountId at our exchange', { exchangeUrl: `${exchangeUrl}/v1`, accountId: 'c' }, 'c'],
    [
      'accountId at one of them',
      { exchangeUrls: ['https://x.org', exchangeUrl], accountId: 'c' },
      'c',
    ],
    ['nobody, when the only one is elsewhere', { accountIds: { 'https://x.org': 'b' } }, undefined],
    ['nobody elsewhere', { exchangeUrl: 'https://x.org', accountId: 'c' }, undefined],
    ['nobody elsewhere', { preferredExchange: 'https://x.org', accountId: 'c' }, undefined],
    ['nobody elsewhere', { exchangeUrls: ['https://x.org'], accountId: 'c' }, undefined],
    [
      'accountId, when others are elsewhere',
      {
        accountIds: { 'https://x.org': 'b', 'https://y.org': 'd' },
        accountId: 'c',
      },
      'c',
    ],
    [
      'none of several elsewhere',
      { accountIds: { 'https://x.org': 'b', 'https://y.org': 'd' } },
      undefined,
    ],
    [
      'the good one among bad ones',
      { accountIds: { [exchangeUrl]: 'a', 'https://x.org': 7, 'not a url': '' } },
      'a',
    ],
    ['nobody', { accountIds: { [exchangeUrl]: 7, 'https://x.org': 'b' } }, undefined],
    ['nobody', { accountId: '' }, undefined],
    ['nobody', { accountIds: ['a'], accountId: 5 }, undefined],
    ['nobody', undefined, undefined],
  ])('is %s', (_, params, payee) => {
    expect(terms(params)).toMatchObject({ required: false });
    expect(terms(params)?.payee).toBe(payee);
  });
});

describe('exchanges of the card', () => {
  it('are told when the agent cannot be paid on ours', () => {
    const read = terms({
      accountIds: { 'https://user:hunter2@X.org/api/v1': 'b', 'https://y.org': '', 'no url': 'c' },
      exchangeUrls: ['https://z.org/v1?key=hunter2', 'https://x.org', 5, ''],
      preferredExchange: 'https://z.org',
    });
    expect(read).toMatchObject({ payee: undefined, elsewhere: ['https://x.org'] });
    const legacy = terms({ exchangeUrl: 'https://z.org/v1?key=hunter2', accountId: 'c' });
    expect(legacy).toMatchObject({ payee: undefined, elsewhere: ['https://z.org'] });
  });

  it('are few enough to be read', () => {
    const accountIds = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [
        `https://x${index}.org/${'y'.repeat(500 - 10 * index)}`,
        'b',
      ]),
    );
    const elsewhere = terms({ accountIds })?.elsewhere ?? [];
    expect(elsewhere.join(', ').length).toBeLessThan(500);
    expect(elsewhere.length).toBeGreaterThan(0);
  });

  it('do not matter when it can, or has no account at all', () => {
    expect(terms({ accountIds: { [exchangeUrl]: 'a', 'https://x.org': 'b' } })).not.toHaveProperty(
      'elsewhere',
    );
    expect(terms({ pricing: {} })).not.toHaveProperty('elsewhere');
  });

  it('on this machine are the same by each of its names', () => {
    const params = { accountIds: { 'http://127.0.0.1:4000/v1': 'a', 'http://[::1]:4001': 'b' } };
    const at = (url: string) => readAgentTerms(cardWith(params), { exchangeUrl: url })?.payee;
    expect(at('http://localhost:4000')).toBe('a');
    expect(at('http://0.0.0.0:4000')).toBe('a');
    expect(at('http://localhost:4001')).toBe('b');
    expect(at('http://localhost:4002')).toBeUndefined();
    expect(at('https://localhost:4000')).toBeUndefined();
  });
});

describe('the price', () => {
  const pricing = {
    cheap: { baseTokens: 2, model: 'per-request' },
    dear: { baseTokens: 40, model: 'per-minute' },
    broken: { baseTokens: -5, model: 'negotiable' },
  };

  it.each([
    ['that of the skill', pricing, 'cheap', 2, 'per-request'],
    ['the highest without a skill', pricing, undefined, 40, 'per-minute'],
    ['the highest for a skill that has none', pricing, 'unknown', 40, 'per-minute'],
    ['no other skill’s for a broken one', pricing, 'broken', undefined, 'negotiable'],
    ['not found on Object.prototype', { only: { baseTokens: 4 } }, 'constructor', 4, undefined],
    ['a bare number', { only: 4 }, undefined, 4, undefined],
    ['that of a skill called skills', { skills: { baseTokens: 6 } }, 'skills', 6, undefined],
    ['free', { only: { baseTokens: 0 } }, undefined, 0, undefined],
    ['left open', { only: { model: 'negotiable' } }, undefined, undefined, 'negotiable'],
    ['none', {}, 'cheap', undefined, undefined],
    ['none', [pricing], 'cheap', undefined, undefined],
    ['none', 'ten', 'cheap', undefined, undefined],
  ])('is %s', (_, cardPricing, skill, amount, model) => {
    const read = terms({ accountId: 'a', pricing: cardPricing }, skill);
    expect(read?.payee).toBe('a');
    expect(read?.amount).toBe(amount);
    expect(read?.pricingModel).toBe(model);
  });

  it.each([-1, 1.5, 10_001, 1e308, Number.NaN, Infinity, '10', null, {}, true])(
    'is no price: %s',
    (baseTokens) => {
      const read = terms({ pricing: { only: { baseTokens, model: 'per-request' } } });
      expect(read?.amount).toBeUndefined();
      expect(read?.pricingModel).toBe('per-request');
      expect(terms({ pricing: { model: 'x', skills: { only: baseTokens } } })?.amount).toBe(
        undefined,
      );
    },
  );
});

it.each([
  undefined,
  null,
  'card',
  {},
  { capabilities: null },
  { capabilities: { extensions: 'all' } },
  { capabilities: { extensions: [null, 1, { uri: 'https://example.com/other' }] } },
])('a card that says nothing of settlement has no terms: %j', (card) => {
  expect(readAgentTerms(card, { exchangeUrl })).toBeUndefined();
});

it('a mark other than true does not make payment required', () => {
  expect(readAgentTerms(cardWith({}, 'yes'), { exchangeUrl })?.required).toBe(false);
  expect(readAgentTerms(cardWith({}, true), { exchangeUrl })?.required).toBe(true);
});
