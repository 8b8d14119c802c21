import { generateText, streamText, wrapLanguageModel } from 'ai';
import { MockLanguageModelV4, simulateReadableStream } from 'ai/test';
import { expect, test } from 'vitest';
import { createA2A, createSettlement, exchangeRail, type SettlementOptions } from '../../src/index';
import { createSandbox } from '../../src/sandbox';

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const finishReason = { unified: 'stop' as const, raw: 'stop' };

const message =
  'Model "gpt-9" is not an A2A agent, so it is not paid. Wrap `a2a(\'https://…\')`, or list it: agents: { "gpt-9": { accountId } }. `agents: {}` switches this warning off.';

const mock = new MockLanguageModelV4({
  provider: 'openai.chat',
  modelId: 'gpt-9',
  doGenerate: { content: [{ type: 'text', text: 'Hi' }], finishReason, usage, warnings: [] },
  doStream: async () => ({
    stream: simulateReadableStream({
      chunks: [
        { type: 'stream-start', warnings: [] },
        { type: 'text-start', id: '1' },
        { type: 'text-delta', id: '1', delta: 'Hi' },
        { type: 'text-end', id: '1' },
        { type: 'finish', finishReason, usage },
      ],
    }),
  }),
});

async function warningsOf(
  mode: 'generate' | 'stream',
  { middleware }: ReturnType<typeof createSettlement>,
) {
  const model = wrapLanguageModel({ model: mock, middleware });
  const { text, warnings } =
    mode === 'generate'
      ? await generateText({ model, prompt: 'Hi' })
      : streamText({ model, prompt: 'Hi' });
  expect(await text).toBe('Hi');
  return warnings;
}

test.each(['generate', 'stream'] as const)(
  'a model that is no agent is told once (%s)',
  async (mode) => {
    const settlement = createSettlement();
    expect(await warningsOf(mode, settlement)).toEqual([{ type: 'other', message }]);
    expect(await warningsOf(mode, settlement)).toEqual([]);
  },
);

test.each<[string, SettlementOptions]>([
  ['that lists agents', { agents: { poet: { accountId: 'acc_1' } } }],
  ['that lists none', { agents: {} }],
])('not by a settlement %s', async (_, options) => {
  expect(await warningsOf('generate', createSettlement(options))).toEqual([]);
});

test('not by a settlement that has met an agent', async () => {
  const { agents, exchangeUrl, fetch, payer } = createSandbox({ agentDelayMs: 0 });
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
  });
  const model = wrapLanguageModel({
    model: createA2A({ fetch })(agents.data.url),
    middleware: settlement.middleware,
  });
  await generateText({ model, prompt: 'Weather in Lisbon' });
  expect(await warningsOf('generate', settlement)).toEqual([]);
});
