import { generateText, streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { nevermined } from 'ai-sdk-a2a-settlement/nevermined';
import { describe, expect, it } from 'vitest';
import { acceptNevermined, type AcceptNeverminedOptions } from '../../../src/agent';
import { createNevermined } from '../../../src/sandbox/nevermined/create-nevermined';
import { Baker, openShop, SHOP_URL } from './shop';

const backendUrl = 'https://nevermined.example.com';
const agentId = 'did:nv:baker';

async function meet(
  tokenVersion: 2 | 3,
  {
    accept = {},
    order = true,
    ...options
  }: { accept?: Partial<AcceptNeverminedOptions>; order?: boolean } & Parameters<
    typeof openShop
  >[1] = {},
) {
  const backend = createNevermined();
  const seller = backend.register();
  const buyer = backend.register();
  const planId = backend.addPlan(seller, { name: 'Hundred', credits: 100 });
  const reach: typeof fetch = (input, init) => backend.fetch(new Request(input, init));
  const shop = openShop(
    [
      acceptNevermined({
        apiKey: seller.apiKey,
        backendUrl,
        agentId,
        planId,
        credits: 5,
        url: SHOP_URL,
        fetch: reach,
        ...accept,
      }),
    ],
    options,
  );
  const rail = nevermined({
    apiKey: buyer.apiKey,
    backendUrl,
    fetch: reach,
    tokenVersion,
    delegation: { spendingLimitCents: 1, durationSecs: 3600, currency: 'usdc' },
  });
  if (order) await rail.order(planId);
  const settlement = createSettlement({ rails: [rail], limits: { credits: { perCall: 10 } } });
  const model = (at = shop.fetch) =>
    wrapLanguageModel({
      model: createA2A({ fetch: at })(SHOP_URL),
      middleware: settlement.middleware,
    });
  const balance = () => backend.ledger().plans[0]?.balances[buyer.address] ?? 0;
  return { ...shop, balance, model };
}

describe.each([2, 3] as const)('an agent that is paid with tokens of version %i', (version) => {
  it('sells to generateText', async () => {
    const { balance, model, sales } = await meet(version);
    const { text, providerMetadata } = await generateText({ model: model(), prompt: 'bakes' });
    expect(text).toBe('Half a bread.');
    expect(balance()).toBe(95);
    expect(providerMetadata?.['settlement']).toMatchObject({
      status: 'released',
      captured: 5,
      proof: [{ confirmedBy: 'agent' }],
    });
    expect(sales.map(({ event }) => event)).toEqual(['verified', 'worked', 'settled']);
  });

  it('sells to streamText, with a receipt', async () => {
    const { balance, model } = await meet(version);
    const result = streamText({ model: model(), prompt: 'bakes' });
    expect(await result.text).toBe('Half a bread.');
    expect(balance()).toBe(95);
    expect((await result.providerMetadata)?.['settlement']).toMatchObject({
      status: 'released',
      captured: 5,
      proof: [{ confirmedBy: 'agent' }],
    });
  });

  it('takes what it used, and never more than it said', async () => {
    const baker = new Baker();
    const { balance, model } = await meet(version, { baker });
    baker.used = 2;
    await generateText({ model: model(), prompt: 'bakes' });
    baker.used = 77;
    await generateText({ model: model(), prompt: 'bakes' });
    expect(balance()).toBe(93);
  });

  it.each(['burns', 'throws'])('takes nothing for what %s', async (how) => {
    const { balance, model, sales } = await meet(version);
    await expect(generateText({ model: model(), prompt: how, maxRetries: 0 })).rejects.toThrow();
    expect(balance()).toBe(100);
    expect(sales.map(({ event }) => event)).toEqual(['verified', 'refunded']);
  });

  it('works for nobody whose plan is empty', async () => {
    const { baker, model } = await meet(version, { order: false });
    await expect(
      generateText({ model: model(), prompt: 'bakes', maxRetries: 0 }),
    ).rejects.toThrow();
    expect(baker.begun).toEqual([]);
  });
});

it('takes no token that can be shown again, where it was told so', async () => {
  const { baker, model } = await meet(2, { accept: { tokens: [3] } });
  await expect(generateText({ model: model(), prompt: 'bakes', maxRetries: 0 })).rejects.toThrow(
    /version 2/,
  );
  expect(baker.begun).toEqual([]);
});
