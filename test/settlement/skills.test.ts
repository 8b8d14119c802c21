import { generateText, streamText, wrapLanguageModel } from 'ai';
import { describe, expect, test } from 'vitest';
import { createA2A, createSettlement, exchangeRail, type SettlementOptions } from '../../src/index';
import { agentUrl, createPricedAgent } from './priced-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

const pricing = {
  look: { baseTokens: 2 },
  scrape: { baseTokens: 40 },
  watch: { baseTokens: 3, model: 'per-unit' as const, unitSize: 100 },
};

describe.each(['generate', 'stream'] as const)('%s', (mode) => {
  async function call(
    agent: ReturnType<typeof createPricedAgent>,
    { id = agentUrl, skill, ...options }: SettlementOptions & { id?: string; skill?: string } = {},
  ) {
    const { exchangeUrl, fetch, payer } = agent;
    const { middleware } = createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
      ...options,
    });
    const model = wrapLanguageModel({ model: createA2A({ fetch })(id), middleware });
    const asked = {
      model,
      prompt: 'Go',
      maxRetries: 0,
      ...(skill !== undefined && { providerOptions: { a2a: { skill } } }),
    };
    let failure: { error: unknown } | undefined;
    const result =
      mode === 'generate'
        ? await generateText(asked)
        : streamText({ ...asked, onError: (thrown) => void (failure = thrown) });
    if ('consumeStream' in result) await result.consumeStream();
    if (failure !== undefined) throw failure.error;
    return {
      receipt: (await result.providerMetadata)?.['settlement'],
      warnings: JSON.stringify(await result.warnings),
    };
  }

  test.each([
    ['of the call', { skill: 'scrap' }],
    ['of the model id', { id: `${agentUrl}#scrap` }],
    ['where the price is the developer’s own', { skill: 'scrap', price: 1 }],
  ])('a skill that the card does not have, %s: nothing is held or sent', async (_, asked) => {
    const agent = createPricedAgent({ pricing, skills: ['look', 'scrape', 'talk'] });
    await expect(call(agent, asked)).rejects.toMatchObject({
      name: 'AI_SettlementError',
      code: 'UNKNOWN_SKILL',
      isDispatched: false,
      message: expect.stringMatching(/"scrap".*look, scrape, talk, watch/),
    });
    expect(agent.heard).toEqual([]);
    expect(agent.ledger().escrows).toEqual([]);
  });

  test('a skill of the card: its price, and no warning', async () => {
    const { receipt, warnings } = await call(createPricedAgent({ pricing }), { skill: 'look' });
    expect(receipt).toMatchObject({ status: 'released', amount: 2, captured: 2 });
    expect(warnings).toBe('[]');
  });

  test('no skill, and one price for all: that, and no warning', async () => {
    const agent = createPricedAgent({
      pricing: { one: { baseTokens: 7 }, two: { baseTokens: 7 } },
    });
    const { receipt, warnings } = await call(agent);
    expect(receipt).toMatchObject({ status: 'released', captured: 7 });
    expect(warnings).toBe('[]');
  });

  test.each<[string, Record<string, unknown>, number]>([
    ['the agent says what it used', { creditsUsed: 5, skillId: 'look' }, 5],
    ['the answer names its skill', { skillId: 'look' }, 2],
    ['the answer names its skill in another way', { skill: 'look' }, 2],
    ['the answer’s skill is paid by the unit', { skillId: 'watch', units: 250 }, 8],
    ['the answer names no skill', {}, 40],
    ['the answer names a skill without a price', { skillId: 'constructor' }, 40],
    ['the answer talks nonsense', { skillId: 7 }, 40],
  ])('no skill, and prices that differ: %s', async (_, metadata, captured) => {
    const { receipt, warnings } = await call(createPricedAgent({ pricing, metadata }));
    expect(receipt).toMatchObject({ amount: 40, captured });
    expect(warnings).toContain('40 tokens');
    expect(warnings).toContain('scrape');
    expect(warnings).toContain('providerOptions.a2a.skill');
  });

  test('the dearest is what holds most: ten times the base, where use decides', async () => {
    const agent = createPricedAgent({
      pricing: { fixed: { baseTokens: 6 }, timed: { baseTokens: 5, model: 'per-unit' } },
      metadata: { skillId: 'fixed' },
    });
    const { receipt, warnings } = await call(agent);
    expect(receipt).toMatchObject({ amount: 50, captured: 6 });
    expect(warnings).toContain('timed');
  });

  test('a skill without a price of its own, where others differ: as if none were named', async () => {
    const agent = createPricedAgent({
      pricing,
      skills: [...Object.keys(pricing), 'talk'],
      metadata: { skillId: 'look' },
    });
    const { receipt, warnings } = await call(agent, { skill: 'talk' });
    expect(receipt).toMatchObject({ amount: 40, captured: 2 });
    expect(warnings).toContain('has no price for skill \\"talk\\"');
  });

  test.each<[string, SettlementOptions]>([
    ['price', { price: 4 }],
    ['agents', { agents: { [agentUrl]: { tokensPerCall: 4 } } }],
  ])('a price in `%s` is not the card’s affair', async (_, options) => {
    const agent = createPricedAgent({ pricing, metadata: { skillId: 'look' } });
    const { receipt, warnings } = await call(agent, options);
    expect(receipt).toMatchObject({ amount: 4, captured: 4 });
    expect(warnings).toBe('[]');
  });

  test('nothing to settle, no error: the provider warns of the skill', async () => {
    const agent = createPricedAgent({ pricing });
    const { receipt, warnings } = await call(agent, { skill: 'scrap', enabled: false });
    expect(receipt).toMatchObject({ status: 'unsettled', reason: 'DISABLED' });
    expect(warnings).toContain('providerOptions.a2a.skill');
    expect(warnings).toContain('look, scrape, watch');
  });
});
