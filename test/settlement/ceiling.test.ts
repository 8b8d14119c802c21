import { generateText, wrapLanguageModel } from 'ai';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { SkillPrice } from '../../src/agent';
import { createA2A, createSettlement, exchangeRail, type SettlementOptions } from '../../src/index';
import { agentUrl, createPricedAgent } from './priced-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

afterEach(() => vi.unstubAllEnvs());

async function call(price: SkillPrice, options: SettlementOptions = {}) {
  const agent = createPricedAgent({ pricing: { work: price } });
  const { exchangeUrl, fetch, payer } = agent;
  const { middleware } = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
    ...options,
  });
  const model = wrapLanguageModel({ model: createA2A({ fetch })(agentUrl), middleware });
  const calling = generateText({ model, prompt: 'Go', maxRetries: 0 });
  const error: unknown = await calling.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const held = agent.ledger().escrows.map(({ amount }) => amount);
  return { error, held, heard: agent.heard.length };
}

const stopped = (most: number) => ({
  held: [],
  heard: 0,
  error: expect.objectContaining({
    name: 'AI_SettlementError',
    code: 'LIMIT_EXCEEDED',
    isDispatched: false,
    message: expect.stringMatching(
      new RegExp(`\\b${most}\\b.*maxTokensPerCall.*A2A_MAX_TOKENS_PER_CALL`),
    ),
  }),
});
const paid = (amount: number) => ({ error: undefined, held: [amount], heard: 1 });

describe('what a card may ask for, where nobody says a price', () => {
  test.each<[string, SkillPrice, object]>([
    ['ten times the price of a call', { baseTokens: 100 }, paid(100)],
    ['no more', { baseTokens: 101 }, stopped(100)],
    ['no nine thousand', { baseTokens: 9000 }, stopped(100)],
    ['by the minute: no more is held', { baseTokens: 30, model: 'per-minute' }, paid(100)],
    ['a minute that costs more', { baseTokens: 101, model: 'per-minute' }, stopped(100)],
    ['by the unit: no more is held', { baseTokens: 30, model: 'per-unit' }, paid(100)],
    ['negotiable, and nobody negotiates', { baseTokens: 101, model: 'negotiable' }, stopped(100)],
  ])('%s', async (_, price, outcome) => {
    expect(await call(price)).toEqual(outcome);
  });

  test('the price of a call is an option, or a variable', async () => {
    expect(await call({ baseTokens: 250 }, { tokensPerCall: 25 })).toEqual(paid(250));
    expect(await call({ baseTokens: 251 }, { tokensPerCall: 25 })).toEqual(stopped(250));
    vi.stubEnv('A2A_DEFAULT_TOKENS_PER_CALL', '3');
    expect(await call({ baseTokens: 30 })).toEqual(paid(30));
    expect(await call({ baseTokens: 31 })).toEqual(stopped(30));
  });

  test('nothing to pay where a card says no price is no word about those that do', async () => {
    expect(await call({ baseTokens: 100 }, { tokensPerCall: 0 })).toEqual(paid(100));
    expect(await call({ baseTokens: 101 }, { tokensPerCall: 0 })).toEqual(stopped(100));
  });
});

test.each<[string, SettlementOptions]>([
  ['maxTokensPerCall', { maxTokensPerCall: 9000 }],
  ['maxTokensPerCall of the agent', { agents: { [agentUrl]: { maxTokensPerCall: 9000 } } }],
  ['limits.perCall', { limits: { perCall: 9000 } }],
  ['price', { price: 9000 }],
  ['a function', { price: ({ terms }) => terms?.amount ?? 0 }],
  ['price of the agent', { agents: { [agentUrl]: { price: 9000 } } }],
  ['tokensPerCall of the agent', { agents: { [agentUrl]: { tokensPerCall: 9000 } } }],
])('whoever sets it is taken at his word: %s', async (_, options) => {
  expect(await call({ baseTokens: 9000 }, options)).toEqual(paid(9000));
});

test('maxTokens is what is held, where use decides', async () => {
  const price = { baseTokens: 120, model: 'per-minute' as const };
  expect(await call(price, { maxTokens: 300 })).toEqual(paid(300));
  expect(await call(price, { agents: { [agentUrl]: { maxTokens: 240 } } })).toEqual(paid(240));
  expect(await call({ baseTokens: 120 }, { maxTokens: 300 })).toEqual(stopped(100));
});

describe('A2A_MAX_TOKENS_PER_CALL', () => {
  test('raises the ceiling, and lowers it', async () => {
    vi.stubEnv('A2A_MAX_TOKENS_PER_CALL', '9000');
    expect(await call({ baseTokens: 9000 })).toEqual(paid(9000));
    vi.stubEnv('A2A_MAX_TOKENS_PER_CALL', '40');
    expect(await call({ baseTokens: 41 })).toMatchObject({ held: [], heard: 0 });
  });

  test('is the ceiling of a negotiation', async () => {
    vi.stubEnv('A2A_MAX_TOKENS_PER_CALL', '40');
    const negotiable = { baseTokens: 41, model: 'negotiable' as const };
    // The agent works without asking for a price.
    expect(await call(negotiable, { negotiate: () => 'accept' })).toEqual({
      error: undefined,
      held: [],
      heard: 1,
    });
  });

  test('is less than an option', async () => {
    vi.stubEnv('A2A_MAX_TOKENS_PER_CALL', '40');
    expect(await call({ baseTokens: 60 }, { maxTokensPerCall: 60 })).toEqual(paid(60));
  });
});
