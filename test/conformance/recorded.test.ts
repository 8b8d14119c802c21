import { generateText, streamText, wrapLanguageModel, type LanguageModelUsage } from 'ai';
import { createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { createSandbox, type Sandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { recordedAgents } from '../peers/recorded-agents';
import { startRecordedServer } from '../peers/recorded-server';
import { expectSilentConsole } from '../provider/silent-console';
import { expectOnPage } from './expect-on-page';
import { renderRecorded, type RecordedRow } from './render-table';

expectSilentConsole();

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = createSandbox({ payerTokens: 1_000_000 });
});
afterAll(() => sandbox.close());

const rows: RecordedRow[] = [];

test.each(recordedAgents.map((agent) => ({ name: `${agent.server} ${agent.habit}`, agent })))(
  '$name',
  async ({ agent }) => {
    const { expected, habit, server } = agent;
    const asked = expectedOf(expected);
    const results = [];
    for (const mode of ['generate', 'stream'] as const) {
      const { url, close } = await startRecordedServer(agent);
      // Found by its card, and called as it is, with whatever version it speaks.
      const { agents, exchangeUrl, fetch, payer } = sandbox;
      for (const model of [
        createA2A()(url),
        createA2A({ agents: { peer: { endpoint: `${url}/a2a` } } })('peer'),
      ]) {
        const settlement = createSettlement({
          rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
          agents: { [model.modelId]: { accountId: agents.streamer.accountId } },
          tokensPerCall: 10,
        });
        const paid = wrapLanguageModel({ model, middleware: settlement.middleware });
        const { reasoning, ...answer } = await { generate, stream }[mode](paid);
        expect({ mode, ...answer }).toEqual({ mode, ...asked });
        if (mode === 'stream' && expected.reasoning !== undefined) {
          expect(reasoning).toEqual(expected.reasoning);
        }
        results.push(sandbox.ledger().escrows.at(-1)?.status);
      }
      await close();
    }
    const ended = expected.settled === 'kept' ? 'held' : expected.settled;
    expect(results).toEqual(results.map(() => ended));
    rows.push({ server, habit, generate: 'yes', stream: 'yes', tokens: expected.settled });
  },
);

test('docs/agents.md has the table', () => expectOnPage('recorded', renderRecorded(rows)));

type Model = Parameters<typeof generateText>[0]['model'];
type Asked = ReturnType<typeof expectedOf>;

function expectedOf({ finishReason, text, usage }: (typeof recordedAgents)[number]['expected']) {
  return { text: finishReason === 'error' ? '' : text, finishReason, usage, words: wordsOf() };

  function wordsOf(): unknown {
    return finishReason === 'error' ? expect.stringContaining(text) : undefined;
  }
}

async function generate(model: Model): Promise<Asked & { reasoning: string[] }> {
  try {
    const result = await generateText({ model, prompt: 'hi', maxRetries: 0 });
    const { finishReason, text, usage } = result;
    if (finishReason !== 'stop' && finishReason !== 'other') throw new Error(finishReason);
    return { text, finishReason, usage: reported(usage), words: undefined, reasoning: [] };
  } catch (error) {
    return failed(error);
  }
}

async function stream(model: Model): Promise<Asked & { reasoning: string[] }> {
  let failure: { error: unknown } | undefined;
  const result = streamText({
    model,
    prompt: 'hi',
    maxRetries: 0,
    onError: ({ error }) => {
      failure ??= { error };
    },
  });
  await result.consumeStream();
  if (failure !== undefined) return failed(failure.error);
  const finishReason = await result.finishReason;
  if (finishReason !== 'stop' && finishReason !== 'other') throw new Error(finishReason);
  return {
    text: await result.text,
    finishReason,
    usage: reported(await result.usage),
    words: undefined,
    reasoning: (await result.reasoning).map((part) => ('text' in part ? part.text : '')),
  };
}

function failed(error: unknown): Asked & { reasoning: string[] } {
  const words = error instanceof Error ? error.message : String(error);
  return { text: '', finishReason: 'error', usage: undefined, words, reasoning: [] };
}

function reported({ inputTokens, outputTokens }: LanguageModelUsage) {
  return inputTokens === undefined || outputTokens === undefined
    ? undefined
    : { inputTokens, outputTokens };
}
