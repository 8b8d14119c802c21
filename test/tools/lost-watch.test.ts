import type { LanguageModelV4 } from '@ai-sdk/provider';
import { defaultSettingsMiddleware, generateText, streamText, wrapLanguageModel } from 'ai';
import { firstAccepted, paidAgentTool, UnwatchedPaymentError } from 'ai-sdk-a2a-settlement/tools';
import { expect, test } from 'vitest';
import { createMarket, saying, text } from './market';

function open() {
  const market = createMarket();
  market.open('buyer', 100);
  for (const [name, answer] of [
    ['ann', 'Short'],
    ['bob', 'Long enough for us'],
  ] as const) {
    market.open(name, 0);
    market.sell(name, { model: saying(text(answer)) });
  }
  const buy = market.buyer('buyer');
  const models = { ann: buy('ann'), bob: buy('bob') };
  return { ...market, models };
}

const settings = { providerOptions: { settlement: { labels: { team: 'search' } } } };
const labels = { settlement: { labels: { team: 'search' } } };

/** It merges its own into what it gets. */
const merging = (model: LanguageModelV4) =>
  wrapLanguageModel({ model, middleware: defaultSettingsMiddleware({ settings }) });

/** It puts its own in the place of what it gets. */
const replacing = (model: LanguageModelV4) =>
  wrapLanguageModel({
    model,
    middleware: {
      specificationVersion: 'v4',
      transformParams: async ({ params }) => ({ ...params, providerOptions: labels }),
    },
  });

function run(model: LanguageModelV4, budget: number) {
  const tool = paidAgentTool({ model, description: 'Works.', budget });
  return async (abortSignal?: AbortSignal) =>
    tool.execute(
      { message: 'Work' },
      { toolCallId: '1', messages: [], context: {}, ...(abortSignal && { abortSignal }) },
    );
}

const verify = (answer: { text: string }) => answer.text.length > 10;
const options = { prompt: 'Work', maxRetries: 0 };

test('a middleware that merges providerOptions keeps the budget', async () => {
  const { books, models } = open();
  const model = merging(models.ann);
  await expect(run(model, 5)()).rejects.toMatchObject({ amount: 10, left: 5 });
  expect(books()).toMatchObject({ buyer: 100, escrows: [] });
});

test('and the judge', async () => {
  const { books, models } = open();
  const model = firstAccepted(Object.values(models).map(merging), { verify, budget: 10 });
  expect((await generateText({ ...options, model })).text).toBe('Long enough for us');
  expect(books()).toMatchObject({ ann: 0, bob: 10, escrows: ['refunded', 'released'] });
});

test('one that takes them away: what it had paid is counted, and the cause is named', async () => {
  const { books, models } = open();
  const call = run(replacing(models.ann), 10);
  const error: unknown = await call().catch((thrown: unknown) => thrown);
  expect(UnwatchedPaymentError.isInstance(error) && error).toMatchObject({
    agent: 'https://ann.test/agent',
    receipt: { status: 'released', amount: 10 },
    message: expect.stringContaining('copies or replaces providerOptions'),
  });
  await expect(call()).rejects.toMatchObject({ name: 'AI_BudgetExceededError', left: 0 });
  expect(books()).toMatchObject({ buyer: 89, ann: 10, escrows: ['released'] });
});

test.each(['generate', 'stream'])('%s: no other agent is asked then', async (how) => {
  const { books, models } = open();
  const model = firstAccepted(Object.values(models).map(replacing), { verify, budget: 20 });
  let error: unknown;
  if (how === 'generate') {
    error = await generateText({ ...options, model }).catch((thrown: unknown) => thrown);
  } else {
    const onError = (event: { error: unknown }) => void (error = event.error);
    await streamText({ ...options, model, onError }).consumeStream();
  }
  expect(UnwatchedPaymentError.isInstance(error)).toBe(true);
  expect(books()).toMatchObject({ buyer: 89, ann: 10, bob: 0, escrows: ['released'] });
});

test('a model over such models hands the payment on to the budget around it', async () => {
  const { models } = open();
  const call = run(firstAccepted(Object.values(models).map(replacing), { verify }), 10);
  await expect(call()).rejects.toMatchObject({ name: 'AI_UnwatchedPaymentError' });
  await expect(call()).rejects.toMatchObject({ name: 'AI_BudgetExceededError' });
});

test('an abort while the hold is made: what is refunded comes back to the budget', async () => {
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const isAsked = { yet: false };
  const market = createMarket({
    beforeHold: () => {
      isAsked.yet = true;
      return gate;
    },
  });
  market.open('buyer', 100);
  market.open('ann', 0);
  market.sell('ann', { model: saying(text('Answer')) });
  const call = run(market.buyer('buyer')('ann'), 10);
  const controller = new AbortController();
  const aborted = call(controller.signal);
  aborted.catch(() => {});
  await expect.poll(() => isAsked.yet).toBe(true);
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  // It may be held yet.
  await expect(call()).rejects.toMatchObject({ name: 'AI_BudgetExceededError' });
  letGo();
  await expect.poll(market.books).toMatchObject({ buyer: 100, escrows: ['refunded'] });
  await expect(call()).resolves.toMatchObject({ text: 'Answer' });
  expect(market.books()).toMatchObject({ buyer: 89, escrows: ['refunded', 'released'] });
});
