import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { wrapLanguageModel } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { createA2A, createSettlement, exchangeRail } from './subject';
import { createSandbox } from '../src/sandbox';
import { figure, times } from './figure';
import { inTurn, median, ratio, timeOf } from './in-turn';
import { goPrompt as prompt } from './read-streams';

const usage = {
  inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: undefined, reasoning: undefined },
};
const deltas = 2000;
const parts: LanguageModelV4StreamPart[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'text-start', id: '1' },
  ...Array.from({ length: deltas }, () => ({ type: 'text-delta', id: '1', delta: 'x' }) as const),
  { type: 'text-end', id: '1' },
  { type: 'finish', usage, finishReason: { unified: 'stop', raw: 'completed' } },
];
const plain = new MockLanguageModelV4({
  provider: 'a2a',
  modelId: 'agent',
  doStream: async () => ({
    stream: new ReadableStream({
      start(controller) {
        for (const part of parts) controller.enqueue(part);
        controller.close();
      },
    }),
  }),
});
const sandbox = createSandbox({ payerTokens: 1_000_000_000, agentDelayMs: 0 });
const { exchangeUrl, fetch, payer } = sandbox;
const { middleware } = createSettlement({
  rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
  agents: { agent: { accountId: sandbox.agents.data.accountId } },
});
const settled = wrapLanguageModel({ model: plain, middleware });

async function read(model: typeof settled | typeof plain): Promise<void> {
  const { stream } = await model.doStream({ prompt });
  let count = 0;
  for await (const part of stream) if (part.type === 'text-delta') count++;
  if (count !== deltas) throw new Error('incomplete');
}

const runs = Number(process.env['RUNS'] ?? 100);

async function compare(
  what: string,
  ways: Record<'plain' | 'settled', () => PromiseLike<unknown>>,
) {
  const { plain: bare, settled: paid } = await inTurn(
    { plain: () => timeOf(ways.plain), settled: () => timeOf(ways.settled) },
    { runs, warmup: 20 },
  );
  figure({
    what,
    measured: `${times(ratio(paid, bare))} (${median(paid).toFixed(2)} ms / ${median(bare).toFixed(2)} ms)`,
  });
}

await compare(
  `a model's stream of ${deltas} deltas that is there at once: held, drained and released, against unsettled`,
  { plain: () => read(plain), settled: () => read(settled) },
);

const agent = createA2A({ fetch })(sandbox.agents.data.url);
const paidAgent = wrapLanguageModel({ model: agent, middleware });

await compare(
  'a whole call of an agent in this process: held, verified by the agent, released, against unpaid',
  { plain: () => agent.doGenerate({ prompt }), settled: () => paidAgent.doGenerate({ prompt }) },
);
sandbox.close();
