import { generateText, streamText, wrapLanguageModel } from 'ai';
import { InMemoryTaskStore } from '@a2a-js/sdk/server';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasAnvil } from '../../x402/anvil';
import { NETWORK } from '../../x402/chain';
import { type Market, openMarket, QUARTER } from '../../x402/market';
import { openShop, quarterByX402, SHOP_URL } from './shop';

describe.skipIf(!hasAnvil)('an agent that is paid by x402, on a chain', () => {
  let market: Market;
  beforeAll(async () => void (market = await openMarket()));
  afterAll(() => market.chain.stop());

  async function meet(
    options: Parameters<typeof openShop>[1] = {},
    facilitator = market.clientOf(),
  ) {
    const payer = await market.chain.newAccount({ usdc: '10' });
    const payee = await market.chain.newAccount();
    const shop = openShop([quarterByX402(facilitator, payee.address)], options);
    const rail = x402({ client: payer, ledger: market.chain.url });
    const settlement = createSettlement({ rails: [rail], limits: { USDC: { perCall: 1 } } });
    const model = (fetch = shop.fetch) =>
      wrapLanguageModel({
        model: createA2A({ fetch })(SHOP_URL),
        middleware: settlement.middleware,
      });
    const moved = async () => [
      10_000_000n - (await market.chain.balanceOf(payer.address)),
      await market.chain.balanceOf(payee.address),
    ];
    return { ...shop, model, moved, settlement };
  }

  test('sells to generateText', async () => {
    const { baker, model, moved, sales } = await meet();
    const { text, providerMetadata } = await generateText({ model: model(), prompt: 'bakes' });
    expect(text).toBe('Half a bread.');
    expect(await moved()).toEqual([QUARTER, QUARTER]);
    expect(baker.begun).toHaveLength(1);
    expect(providerMetadata?.['settlement']).toMatchObject({
      status: 'released',
      captured: '0.25',
      proof: [{ confirmedBy: 'ledger' }],
    });
    expect(sales.map(({ event }) => event)).toEqual(['verified', 'worked', 'settled']);
    expect(sales.at(-1)).toMatchObject({ amount: '0.25', transaction: expect.any(String) });
  });

  test('sells to streamText, and shows what it made when it is paid', async () => {
    const { model, moved } = await meet();
    const result = streamText({ model: model(), prompt: 'bakes' });
    expect(await result.text).toBe('Half a bread.');
    expect(await moved()).toEqual([QUARTER, QUARTER]);
    expect((await result.providerMetadata)?.['settlement']).toMatchObject({ status: 'released' });
  });

  test('is paid once a task that asks back, whichever machine the answer comes to', async () => {
    const storage = memoryStorage();
    const taskStore = new InMemoryTaskStore();
    const { another, baker, model, moved } = await meet({ storage, taskStore });
    const first = await generateText({ model: model(), prompt: 'asks' });
    expect(first.providerMetadata?.['settlement']).toMatchObject({ status: 'kept' });
    expect(await moved()).toEqual([0n, 0n]);
    const messages = [
      { role: 'user' as const, content: 'asks' },
      ...first.response.messages,
      { role: 'user' as const, content: 'bakes' },
    ];
    const second = await generateText({ model: model(another().fetch), messages });
    expect(second.text).toBe('Half a bread.');
    expect(second.providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
    expect(await moved()).toEqual([QUARTER, QUARTER]);
    expect(new Set(baker.begun).size).toBe(1);
    expect(await storage.getKeys('a2a-sale:')).toEqual([]);
  });

  test.each(['down', 'unwilling'])('shows nothing when its facilitator is %s', async (how) => {
    const settle = async () => {
      if (how === 'down') throw new Error('connect ECONNREFUSED');
      return { success: false, transaction: '', network: NETWORK, errorReason: 'nope' } as never;
    };
    const { model, moved, sales } = await meet({}, market.clientOf({ settle }));
    const result = streamText({ model: model(), prompt: 'bakes', onError: () => {} });
    let text = '';
    for await (const delta of result.textStream) text += delta;
    expect(text).toBe('');
    expect(await moved()).toEqual([0n, 0n]);
    expect(sales.at(-1)).toMatchObject({ event: 'unsettled' });
  });

  test('does not charge a task that was canceled on another machine', async () => {
    const taskStore = new InMemoryTaskStore();
    const { another, baker, model, moved, sales } = await meet({ taskStore });
    const result = streamText({ model: model(), prompt: 'waits', onError: () => {} });
    void result.consumeStream({ onError: () => {} });
    await expect.poll(() => baker.begun).toHaveLength(1);
    const [taskId = ''] = baker.begun;
    await createA2A({ fetch: another().fetch })(SHOP_URL).cancelTask(taskId);
    baker.open();
    await expect.poll(() => sales.at(-1)?.event).toBe('refunded');
    expect(await moved()).toEqual([0n, 0n]);
  });

  test('streams what it makes where that was chosen', async () => {
    const { baker, model } = await meet({ deliver: 'stream' });
    const result = streamText({ model: model(), prompt: 'waits' });
    const reader = result.textStream.getReader();
    expect(await reader.read()).toMatchObject({ value: 'Half ' });
    baker.open();
    expect(await reader.read()).toMatchObject({ value: 'a bread.' });
    // The payment is captured before the chain stops.
    expect(await reader.read()).toMatchObject({ done: true });
    expect((await result.providerMetadata)?.['settlement']).toMatchObject({ status: 'released' });
  });
});
