import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { expect, test } from 'vitest';
import { createLoadedAgent, price } from './load-agent';

const count = 1000;

/** What the agent does and what the caller does, in turn. */
const kinds = [
  { ask: 'complete', caller: 'reads', end: 'released' },
  { ask: 'fail', caller: 'reads', end: 'refunded' },
  { ask: 'complete', caller: 'leaves', end: 'released' },
  { ask: 'complete', caller: 'never reads', end: 'released' },
  { ask: 'complete', caller: 'aborts', end: 'refunded' },
  { ask: 'fail', caller: 'leaves', end: 'refunded' },
] as const;

test(`${count} settled generations at once: nothing stays held, and the sums are exact`, async () => {
  const agent = createLoadedAgent({ payerTokens: 100_000 });
  const a2a = createA2A({ fetch: agent.fetch });
  const settlement = createSettlement({
    rail: exchangeRail({
      exchangeUrl: agent.exchangeUrl,
      apiKey: agent.payer.apiKey,
      fetch: agent.fetch,
    }),
  });
  const ends: Record<string, number> = {};
  for (const name of ['released', 'refunded', 'unsettled', 'unresolved'] as const) {
    settlement.on(name, () => {
      ends[name] = (ends[name] ?? 0) + 1;
    });
  }
  const settled = wrapLanguageModel({
    model: a2a(agent.agentUrl),
    middleware: settlement.middleware,
  });

  // A first one of each, so that what is loaded and cached once is not counted.
  await inFlight(settled, kinds.length);
  await inFlight(a2a(agent.agentUrl), kinds.length);
  const paid = await inFlight(settled, count);
  const unpaid = await inFlight(a2a(agent.agentUrl), count);
  console.log(
    `${count} settled streams in flight: ${paid.heap} kB heap and ${paid.rss} kB RSS a stream, its ` +
      `agent and the exchange included; ${unpaid.heap} kB heap without settlement`,
  );

  const expected = expectedEnds();
  await expect.poll(() => ends).toEqual(expected);
  const { accounts, escrows, minted, treasury } = agent.ledger();
  expect(escrows).toHaveLength(expected.released + expected.refunded);
  expect(new Set(escrows.map(({ status }) => status))).toEqual(new Set(['released', 'refunded']));
  const fees = escrows
    .filter(({ status }) => status === 'released')
    .reduce((sum, { fee }) => sum + fee, 0);
  expect(treasury).toBe(fees);
  expect(accounts).toMatchObject([
    { available: 100_000 - expected.released * price - fees, held: 0 },
    { available: expected.released * price, held: 0, earned: expected.released * price },
  ]);
  expect(minted).toBe(100_000);

  /** Starts streams, and looks at the memory while all of them stand in their middle. */
  async function inFlight(model: LanguageModelV4, streams: number) {
    const before = memory();
    const generations = Array.from({ length: streams }, (_, index) => generate(model, index));
    await expect.poll(agent.halfway, { timeout: 300_000, interval: 20 }).toBe(streams);
    const during = memory();
    for (const { halfway } of generations) halfway();
    // Canceled before the agent goes on: a task that completes first is paid, and rightly so.
    const aborted = generations.filter(({ caller }) => caller === 'aborts').length;
    await expect.poll(agent.waiting, { timeout: 300_000, interval: 20 }).toBe(streams - aborted);
    agent.goOn();
    await Promise.all(generations.map(({ ended }) => ended));
    const perStream = (bytes: number) => Math.round(bytes / streams / 102.4) / 10;
    return { heap: perStream(during.heap - before.heap), rss: perStream(during.rss - before.rss) };
  }
});

function expectedEnds() {
  const ends = { released: 0, refunded: 0 };
  for (const length of [kinds.length, count]) {
    for (let index = 0; index < length; index++) ends[kindOf(index).end]++;
  }
  return ends;
}

/** One generation. It goes on reading, leaves or aborts when told that all are halfway. */
function generate(model: LanguageModelV4, index: number) {
  const { ask, caller } = kindOf(index);
  const abort = new AbortController();
  const halfway = Promise.withResolvers<void>();
  const { textStream } = streamText({
    model,
    prompt: ask,
    abortSignal: abort.signal,
    onError: () => {},
  });
  return {
    caller,
    halfway: halfway.resolve,
    ended: read().catch(() => {}),
  };

  async function read(): Promise<void> {
    if (caller === 'never reads') return;
    for await (const _ of textStream) {
      if (caller === 'reads') continue;
      await halfway.promise;
      if (caller === 'leaves') break;
      abort.abort();
    }
  }
}

function kindOf(index: number) {
  const kind = kinds[index % kinds.length];
  if (kind === undefined) throw new Error('No kind.');
  return kind;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function memory() {
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, rss };
}
