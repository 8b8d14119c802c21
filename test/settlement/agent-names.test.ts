import { generateText, streamText, wrapLanguageModel } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { describe, expect, test } from 'vitest';
import { createSettlement, type SettlementOptions } from '../../src/index';
import { FakeRail } from './fake-rail';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

const usage = {
  inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: undefined, reasoning: undefined },
};

function settle(
  modelId: string,
  options: SettlementOptions,
  { provider = 'a2a', finish = 'stop' as 'stop' | 'length' | 'error' } = {},
) {
  const rail = new FakeRail();
  const finishReason = { unified: finish, raw: finish };
  const mock = new MockLanguageModelV4({
    provider,
    modelId,
    doGenerate: async () => ({
      content: [{ type: 'text', text: 'Hi' }],
      finishReason,
      usage,
      warnings: [],
    }),
    doStream: async () => ({
      stream: new ReadableStream({
        start(controller) {
          controller.enqueue({ type: 'stream-start', warnings: [] });
          controller.enqueue({ type: 'finish', finishReason, usage });
          controller.close();
        },
      }),
    }),
  });
  const { middleware } = createSettlement({ rail, ...options });
  return { model: wrapLanguageModel({ model: mock, middleware }), rail };
}

describe('a URL in `agents` is the agent', () => {
  test.each([
    ['as it is', 'https://agent.example.com/a2a/x', 'https://agent.example.com/a2a/x'],
    ['with a slash', 'https://agent.example.com/a2a/x', 'https://agent.example.com/a2a/x/'],
    ['without the slash', 'https://agent.example.com/a2a/x/', 'https://agent.example.com/a2a/x'],
    ['without any path', 'https://agent.example.com', 'https://agent.example.com/'],
    ['in capitals', 'https://Agent.Example.com/x', 'HTTPS://agent.EXAMPLE.com/x'],
    ['with its port', 'https://agent.example.com/x', 'https://agent.example.com:443/x'],
  ])('%s', async (_, listed, modelId) => {
    const agents = { [listed]: { accountId: 'payee', tokensPerCall: 7, meter: () => 3 } };
    const { model, rail } = settle(modelId, { agents, allow: { agents: [listed] } });
    const { providerMetadata } = await generateText({ model, prompt: 'Hi' });
    expect(rail.holds).toMatchObject([{ payee: 'payee', amount: 7 }]);
    expect(providerMetadata?.['settlement']).toMatchObject({ captured: 3 });
  });

  test.each([
    ['another path', 'https://agent.example.com/x', 'https://agent.example.com/X'],
    ['another port', 'https://agent.example.com', 'https://agent.example.com:8443'],
    ['another scheme', 'https://agent.example.com', 'http://agent.example.com'],
    ['another query', 'https://agent.example.com/?a=1', 'https://agent.example.com/?a=2'],
    ['a name', 'Scraper', 'scraper'],
    ['a name with a slash', 'scraper', 'scraper/'],
    ['what every object has', 'scraper', 'constructor'],
  ])('and no other: %s', async (_, listed, modelId) => {
    const { model, rail } = settle(modelId, { agents: { [listed]: { accountId: 'payee' } } });
    await generateText({ model, prompt: 'Hi' });
    expect(rail.holds).toEqual([]);
  });

  test('of two that name it, the one that is spelt like the model counts', async () => {
    const agents = {
      'https://agent.example.com': { accountId: 'payee', tokensPerCall: 1 },
      'https://agent.example.com/': { accountId: 'payee', tokensPerCall: 2 },
    };
    const { model, rail } = settle('https://agent.example.com/', { agents });
    await generateText({ model, prompt: 'Hi' });
    expect(rail.holds).toMatchObject([{ amount: 2 }]);
  });
});

describe('a model id that begins with a2a/, as LiteLLM names agents', () => {
  const provider = 'litellm.chat';

  test.each(['a2a/scraper', 'scraper'])('is configured as %s', async (listed) => {
    const agents = { [listed]: { accountId: 'payee', tokensPerCall: 7, meter: () => 3 } };
    const options = { agents, allow: { agents: [listed] } };
    const { model, rail } = settle('a2a/scraper', options, { provider });
    const { providerMetadata } = await generateText({ model, prompt: 'Hi' });
    expect(rail.holds).toMatchObject([{ payee: 'payee', amount: 7 }]);
    expect(providerMetadata?.['settlement']).toMatchObject({ captured: 3 });
  });

  test('is settled without being listed: unpaid, with a warning that says what is missing', async () => {
    const { model } = settle('a2a/scraper', {}, { provider });
    const { providerMetadata, warnings } = await generateText({ model, prompt: 'Hi' });
    expect(providerMetadata?.['settlement']).toMatchObject({ reason: 'NO_PAYEE' });
    expect(JSON.stringify(warnings)).toContain('agents[\\"a2a/scraper\\"].accountId');
  });

  test.each([
    ['stop', 'release escrow-1'],
    ['length', 'release escrow-1'],
    ['error', 'refund escrow-1 error'],
  ] as const)('that finishes %s: %s', async (finish, asked) => {
    const agents = { scraper: { accountId: 'payee' } };
    for (const stream of [false, true]) {
      const { model, rail } = settle('a2a/scraper', { agents }, { provider, finish });
      if (stream) await streamText({ model, prompt: 'Hi', onError() {} }).consumeStream();
      else await generateText({ model, prompt: 'Hi' });
      expect(rail.asked).toEqual(['hold', asked]);
    }
  });

  test('does not take the place of another model of that name', async () => {
    const agents = { 'a2a/scraper': { accountId: 'payee' } };
    const { model, rail } = settle('scraper', { agents }, { provider });
    await generateText({ model, prompt: 'Hi' });
    expect(rail.holds).toEqual([]);
  });
});
