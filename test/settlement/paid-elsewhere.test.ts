import { generateText, wrapLanguageModel } from 'ai';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createA2A, createSettlement, exchangeRail } from '../../src/index';
import { createSandbox } from '../../src/sandbox';
import { fakeExchange } from '../rails/exchange/fake-exchange';

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

/** An agent of the sandbox, and a payer on another exchange. */
function setUp({ required }: { required: boolean }) {
  const sandbox = createSandbox({ required });
  const a2a = createA2A({ fetch: sandbox.fetch });
  const { fetch, requests } = fakeExchange();
  const exchangeUrl = 'https://other.example.com';
  const model = (options: Parameters<typeof createSettlement>[0] = {}) =>
    wrapLanguageModel({
      model: a2a(sandbox.agents.streamer.url),
      middleware: createSettlement({
        rail: exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch }),
        ...options,
      }).middleware,
    });
  return { model, requests, sandbox };
}

const prompt = 'Hello';

test('an agent with an account on another exchange is not tried on ours', async () => {
  const { model, requests, sandbox } = setUp({ required: false });
  const { warnings, providerMetadata } = await generateText({ model: model(), prompt });
  expect(providerMetadata?.['settlement']).toMatchObject({
    status: 'unsettled',
    reason: 'NO_PAYEE',
  });
  expect(JSON.stringify(warnings)).toContain(sandbox.exchangeUrl);
  expect(requests).toHaveLength(0);
  sandbox.close();
});

test('one that requires payment is never called unpaid', async () => {
  const { model, requests, sandbox } = setUp({ required: true });
  for (const onHoldFailure of ['proceed', 'throw'] as const) {
    await expect(generateText({ model: model({ onHoldFailure }), prompt })).rejects.toMatchObject({
      code: 'PAYMENT_REQUIRED',
      message: expect.stringContaining(sandbox.exchangeUrl),
      cause: { code: 'NO_PAYEE' },
    });
  }
  expect(requests).toHaveLength(0);
  sandbox.close();
});
