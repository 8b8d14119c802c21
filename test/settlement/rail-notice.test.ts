import { generateText, streamText, wrapLanguageModel } from 'ai';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSettlement } from '../../src/index';
import { exchangeRail } from '../../src/rails/exchange/exchange-rail';
import { fakeExchange, json } from '../rails/exchange/fake-exchange';
import { aSettlement } from './a-settlement';
import { FakeRail } from './fake-rail';
import { ScriptedAgent } from './scripted-agent';

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  for (const name of ['A2A_EXCHANGE_URL', 'A2A_PAYER_API_KEY', 'A2A_API_KEY']) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const prompt = 'Hello';

class NotingRail extends FakeRail {
  notices = ['Mind the gap.'];
  notice = () => this.notices.shift();
}

test('what a rail has to tell is among the warnings of one call', async () => {
  const rail = new NotingRail();
  rail.cardTerms = { payee: 'payee', amount: 20, required: false };
  const { model } = aSettlement({ rail });
  const messages = async () => {
    const { warnings } = await generateText({ model, prompt });
    return warnings?.map((warning) => ('message' in warning ? warning.message : warning.type));
  };
  expect(await messages()).toEqual(['Mind the gap.']);
  expect(await messages()).toEqual([]);

  rail.notices = ['Mind the gap.'];
  const streamed = streamText({ model, prompt });
  await streamed.consumeStream();
  expect(await streamed.warnings).toEqual([{ type: 'other', message: 'Mind the gap.' }]);
});

test('a key that goes to the public sandbox for want of A2A_EXCHANGE_URL is told of', async () => {
  const { fetch, requests } = fakeExchange(json(401, { detail: 'Invalid API key' }));
  const settlement = createSettlement({
    rail: exchangeRail({ apiKey: 'ate_1', fetch }),
    agents: { [new ScriptedAgent().modelId]: { accountId: 'payee', tokensPerCall: 5 } },
  });
  const model = wrapLanguageModel({
    model: new ScriptedAgent(),
    middleware: settlement.middleware,
  });
  const told = async () => {
    const { warnings } = await generateText({ model, prompt });
    return warnings?.filter((warning) => JSON.stringify(warning).includes('A2A_EXCHANGE_URL'));
  };
  expect(await told()).toHaveLength(1);
  expect(await told()).toHaveLength(0);
  expect(requests[0]?.url).toContain('https://sandbox.a2a-settlement.org');
});
