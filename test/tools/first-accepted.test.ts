import { generateText, streamText, tool, ToolLoopAgent } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { firstAccepted, NoAcceptedAnswerError } from 'ai-sdk-a2a-settlement/tools';
import { expect, test } from 'vitest';
import * as z from 'zod/v4';
import { createMarket, saying, text, toolCall } from './market';

/** Three agents at 10 tokens, and a buyer who has 100. */
function open(answers: Record<'ann' | 'bob' | 'cid', ReturnType<typeof saying>>) {
  const market = createMarket();
  market.open('buyer', 100);
  for (const [name, model] of Object.entries(answers)) {
    market.open(name, 0);
    market.sell(name, { model });
  }
  const buy = market.buyer('buyer');
  return { ...market, buy, models: Object.keys(answers).map(buy) };
}

const answers = () => ({
  ann: saying(text('Too short')),
  bob: saying(text('Long ', 'enough ', 'for us')),
  cid: saying(text('Never asked')),
});
const verify = ({ text: given }: { text: string }) => given.length > 10;

const options = { prompt: 'Work', maxRetries: 0 };

test('generate: the answer that passes is paid, the one before it refunded, the rest not asked', async () => {
  const { books, models } = open(answers());
  const result = await generateText({ ...options, model: firstAccepted(models, { verify }) });
  expect(result.text).toBe('Long enough for us');
  expect(books()).toEqual({
    buyer: 89,
    ann: 0,
    bob: 10,
    cid: 0,
    escrows: ['refunded', 'released'],
  });
  expect(result.providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
  expect(result.providerMetadata?.['firstAccepted']).toEqual({
    model: 'https://bob.test/agent',
    tries: [
      {
        model: 'https://ann.test/agent',
        outcome: 'refused',
        receipt: expect.objectContaining({ status: 'refunded', amount: 10, returned: 11 }),
      },
    ],
  });
});

test('stream: nothing is shown of an answer that is not accepted', async () => {
  const { books, models } = open(answers());
  const result = streamText({ ...options, model: firstAccepted(models, { verify }) });
  const deltas: string[] = [];
  for await (const delta of result.textStream) deltas.push(delta);
  expect(deltas.join('')).toBe('Long enough for us');
  expect(books()).toMatchObject({ buyer: 89, bob: 10, escrows: ['refunded', 'released'] });
  expect((await result.providerMetadata)?.['settlement']).toMatchObject({ status: 'released' });
  expect((await result.providerMetadata)?.['firstAccepted']).toMatchObject({
    model: 'https://bob.test/agent',
    tries: [{ outcome: 'refused', receipt: { status: 'refunded' } }],
  });
});

test.each(['generate', 'stream'])('%s: all fail: everything is refunded, and told', async (how) => {
  const { books, models } = open({
    ann: saying(text('no')),
    bob: saying(new Error('out of order')),
    cid: saying(text('neither')),
  });
  const model = firstAccepted(models, { verify });
  let error: unknown;
  if (how === 'generate')
    error = await generateText({ ...options, model }).catch((e: unknown) => e);
  else {
    await streamText({ ...options, model, onError: (e) => void (error = e.error) }).consumeStream();
  }
  expect(NoAcceptedAnswerError.isInstance(error) && error.tries).toMatchObject([
    { outcome: 'refused', receipt: { status: 'refunded' } },
    { outcome: 'failed', receipt: { status: 'refunded' } },
    { outcome: 'refused', receipt: { status: 'refunded' } },
  ]);
  expect(books()).toMatchObject({ buyer: 100, escrows: ['refunded', 'refunded', 'refunded'] });
});

test('a schema verifies, and a verify that throws refuses', async () => {
  const { books, models } = open({
    ann: saying(text('{"city":1}')),
    bob: saying(text('{"city":"Bonn"}')),
    cid: saying(text('')),
  });
  const schema = z.object({ city: z.string() });
  const { text: json } = await generateText({
    ...options,
    model: firstAccepted(models, { verify: schema }),
  });
  expect(json).toBe('{"city":"Bonn"}');
  const throws = () => {
    throw new Error('verify is broken');
  };
  await expect(
    generateText({ ...options, model: firstAccepted(models, { verify: throws }) }),
  ).rejects.toMatchObject({ tries: [{ error: new Error('verify is broken') }, {}, {}] });
  expect(books()).toMatchObject({ buyer: 89, bob: 10 });
});

test('what is refunded comes back to the budget; what costs more is not held', async () => {
  const { books, models } = open(answers());
  const model = firstAccepted(models, { verify, budget: 10 });
  expect((await generateText({ ...options, model })).text).toBe('Long enough for us');
  const poor = firstAccepted(models, { verify, budget: 9 });
  await expect(generateText({ ...options, model: poor })).rejects.toMatchObject({
    tries: [
      { outcome: 'over-budget', error: { amount: 10, left: 9, currency: 'ATE' } },
      { outcome: 'over-budget' },
      { outcome: 'over-budget' },
    ],
  });
  expect(books()).toMatchObject({ buyer: 89, escrows: ['refunded', 'released'] });
});

test('models that nobody settles, and one settlement with a waitUntil', async () => {
  const market = open(answers());
  const waiting: Promise<unknown>[] = [];
  const buy = market.buyer('buyer', { waitUntil: (promise) => void waiting.push(promise) });
  const own = new MockLanguageModelV4({
    doGenerate: async () => ({
      content: [{ type: 'text' as const, text: 'short' }],
      finishReason: { unified: 'stop' as const, raw: 'stop' },
      usage: {
        inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 1, text: 1, reasoning: 0 },
      },
      warnings: [],
    }),
  });
  const model = firstAccepted([own, buy('ann'), buy('bob')], { verify, budget: 10 });
  const { providerMetadata } = await generateText({ ...options, model });
  expect(providerMetadata?.['firstAccepted']).toMatchObject({
    tries: [{ outcome: 'refused' }, { outcome: 'refused', receipt: { status: 'refunded' } }],
  });
  await Promise.all(waiting);
  expect(market.books()).toMatchObject({ buyer: 89, bob: 10 });
});

test.each(['generate', 'stream'])('%s: an abort stops at the one that works', async (how) => {
  const controller = new AbortController();
  const ann = saying(text('no'));
  const bob = saying(text('never'));
  const { books, models } = open({ ann, bob, cid: saying(text('never')) });
  const model = firstAccepted(models, {
    verify() {
      controller.abort(new Error('enough'));
      return false;
    },
  });
  const call = { ...options, model, abortSignal: controller.signal };
  if (how === 'generate') await expect(generateText(call)).rejects.toThrow('enough');
  else await streamText({ ...call, onError: () => {} }).consumeStream();
  await expect.poll(books).toMatchObject({ buyer: 100, escrows: ['refunded'] });
  expect(bob.doStreamCalls).toEqual([]);
});

test('an agent that asks back is no answer: refunded, and the next one is asked', async () => {
  const { books, models, sell } = open(answers());
  const print = tool({ inputSchema: z.object({}), needsApproval: true, execute: async () => 'ok' });
  sell('ann', {
    agent: new ToolLoopAgent({ model: saying([toolCall('print', {})]), tools: { print } }),
  });
  const { providerMetadata } = await generateText({
    ...options,
    model: firstAccepted(models, { verify: () => true, budget: 10 }),
  });
  expect(providerMetadata?.['firstAccepted']).toMatchObject({
    tries: [{ outcome: 'refused', receipt: { status: 'refunded' } }],
  });
  expect(books()).toMatchObject({ buyer: 89, bob: 10, escrows: ['refunded', 'released'] });
});

test('one over others: both must accept', async () => {
  const { books, models } = open({
    ann: saying(text('twelve chars')),
    bob: saying(text('more than twelve chars')),
    cid: saying(text('')),
  });
  const inner = firstAccepted(models.slice(0, 2), { verify });
  const model = firstAccepted([inner], {
    verify: ({ text: given }) => given.length > 12,
    budget: 10,
  });
  expect((await generateText({ ...options, model })).text).toBe('more than twelve chars');
  expect(books()).toMatchObject({ buyer: 89, bob: 10, escrows: ['refunded', 'released'] });
});

test('options that make no sense are refused', () => {
  const models = [saying(text(''))];
  expect(() => firstAccepted([], { verify })).toThrow('models must be a list');
  expect(() => firstAccepted(models, { verify: 1 as never })).toThrow('verify must be a function');
  expect(() => firstAccepted(models, { verify, budget: 0.5 })).toThrow(
    'budget must have no decimals',
  );
  expect(() => firstAccepted(models, { verify, budget: { USDC: '1e3' } })).toThrow('budget.USDC');
});
