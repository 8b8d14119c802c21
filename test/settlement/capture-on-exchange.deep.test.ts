import { generateText, wrapLanguageModel } from 'ai';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod/v4';
import { createA2A, createSettlement, exchangeRail, type SettlementOptions } from '../../src/index';
import { createSandbox, type Sandbox } from '../../src/sandbox';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

describe('on the exchange', () => {
  let sandbox: Sandbox;
  beforeEach(() => {
    sandbox = createSandbox({ agentDelayMs: 1, payerTokens: 1_000_000 });
  });
  afterEach(() => sandbox.close());

  const agent = (options: SettlementOptions) => {
    const { agents, exchangeUrl, fetch, payer } = sandbox;
    const settlement = createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
      ...options,
    });
    return wrapLanguageModel({
      model: createA2A({ fetch })(agents.data.url),
      middleware: settlement.middleware,
    });
  };
  const account = (id: string) => {
    const found = sandbox.ledger().accounts.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no account ${id}`);
    return found;
  };

  test('a part is released, and the rest is back at once', async () => {
    const before = account(sandbox.payer.accountId).available;
    const model = agent({ price: 40, meter: ({ data }) => 7 * data.length });
    const { providerMetadata } = await generateText({ model, prompt: 'Weather in Oslo?' });
    expect(providerMetadata?.['settlement']).toMatchObject({
      status: 'partially-released',
      amount: 40,
      captured: 7,
      returned: 34,
      fee: 0,
    });
    expect(account(sandbox.agents.data.accountId).available).toBe(7);
    expect(account(sandbox.payer.accountId).available).toBe(before - 7);
  });

  test('a refused answer is disputed; without tokens for the stake it is refunded', async () => {
    const verify = z.object({ town: z.string() });
    const run = async (stake: number) =>
      (await generateText({ model: agent({ verify, dispute: { stake } }), prompt: 'Weather?' }))
        .providerMetadata?.['settlement'];
    expect(await run(10)).toMatchObject({ status: 'disputed', stake: 10, amount: 5 });
    expect(await run(2_000_000)).toMatchObject({ status: 'refunded', returned: 6 });
    expect(sandbox.ledger().escrows.map(({ status }) => status)).toEqual([
      'evidence_pending',
      'refunded',
    ]);
  });

  test('whatever the price and the meter say, the receipt adds up to what was held', async () => {
    await fc.assert(
      fc.asyncProperty(
        // The agent takes no less than its price of 5.
        fc.integer({ min: 5, max: 2000 }),
        fc.oneof(fc.integer({ min: 0, max: 2500 }), fc.double()),
        async (price, used) => {
          const earned = account(sandbox.agents.data.accountId).available;
          const before = account(sandbox.payer.accountId).available;
          const model = agent({ price, meter: () => used });
          const { providerMetadata } = await generateText({ model, prompt: 'Weather?' });
          const { amount, captured, fee, returned, status } = receiptSchema.parse(
            providerMetadata?.['settlement'],
          );
          const charged = status === 'refunded' ? 0 : fee;
          const held = price + Math.max(1, Math.ceil(price / 400));
          expect(amount).toBe(price);
          expect(captured + charged + returned).toBe(held);
          expect(captured).toBeLessThanOrEqual(price);
          expect(account(sandbox.agents.data.accountId).available - earned).toBe(captured);
          expect(before - account(sandbox.payer.accountId).available).toBe(captured + charged);
        },
      ),
      { numRuns: 40 },
    );
  });
});

const receiptSchema = z.object({
  status: z.string(),
  amount: z.number(),
  captured: z.number(),
  fee: z.number(),
  returned: z.number().default(0),
});
