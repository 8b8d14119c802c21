import { generateText, wrapLanguageModel } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

describe('says what to set', () => {
  const why = async (rail: Parameters<typeof exchangeRail>[0]) => {
    const { model, sandbox } = setUp({ required: false });
    const { warnings } = await generateText({ model: model({ rail: exchangeRail(rail) }), prompt });
    sandbox.close();
    return JSON.stringify(warnings);
  };
  beforeEach(() => {
    vi.stubEnv('A2A_EXCHANGE_URL', undefined);
    vi.stubEnv('A2A_PAYER_API_KEY', undefined);
    vi.stubEnv('A2A_API_KEY', undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  test('where nobody has said which exchange', async () => {
    expect(await why({ apiKey: 'ate_1' })).toMatch(
      /has an account on https:\/\/\S+, but this call pays through https:\/\/sandbox\.a2a-settlement\.org \(A2A_EXCHANGE_URL is not set\)\. Set A2A_EXCHANGE_URL to the agent's exchange/,
    );
    expect(await why({ apiKey: 'ate_1' })).not.toContain('your API key was sent');
  });

  test('where the option says another', async () => {
    const exchangeUrl = 'http://127.0.0.1:4000';
    const said = await why({ apiKey: 'ate_1', exchangeUrl });
    expect(said).toContain('pays through http://127.0.0.1:4000. Set `exchangeUrl` to');
  });

  test.each(['127.0.0.1:4000', 'http://exchange.example.com'])(
    'where the variable cannot be used: %s',
    async (url) => {
      vi.stubEnv('A2A_EXCHANGE_URL', url);
      const said = await why({ apiKey: 'ate_1' });
      expect(said).toContain('The exchange URL cannot be used');
      expect(said).not.toContain('has an account');
    },
  );

  test('where there is no key', async () => {
    expect(await why({})).toContain('API key of the exchange is missing');
  });
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
