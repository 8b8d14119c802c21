import { generateText, wrapLanguageModel, type ModelMessage } from 'ai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createA2A, createSettlement, exchangeRail } from '../../src/index';
import { createSandbox, type Sandbox } from '../../src/sandbox';

let sandbox: Sandbox;
let events: string[];
beforeEach(() => {
  sandbox = createSandbox({ agentDelayMs: 1 });
  events = [];
});
afterEach(() => sandbox.close());

function asker(options: { ttlMinutes?: number } = {}) {
  const { exchangeUrl, fetch, payer } = sandbox;
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
    ...options,
  });
  for (const name of ['held', 'released', 'refunded', 'kept'] as const) {
    settlement.on(name, () => events.push(name));
  }
  const a2a = createA2A({ fetch });
  return wrapLanguageModel({
    model: a2a(sandbox.agents.asker.url),
    middleware: settlement.middleware,
  });
}

async function ask(model: ReturnType<typeof asker>): Promise<ModelMessage[]> {
  const question: ModelMessage = { role: 'user', content: 'Book a table' };
  const { response } = await generateText({ model, messages: [question] });
  return [question, ...response.messages, { role: 'user', content: 'For four' }];
}

test('a task that asks back is paid once, by the hold of its first turn', async () => {
  const model = asker();
  const messages = await ask(model);
  const { text, providerMetadata } = await generateText({ model, messages });
  expect(text).toContain('For four');
  expect(events).toEqual(['held', 'kept', 'released']);
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released', amount: 15 });
  expect(sandbox.ledger().escrows).toMatchObject([{ status: 'released' }]);
});

test('of two calls that answer one question, one goes on under its hold; none is paid twice', async () => {
  const model = asker();
  const messages = await ask(model);
  await Promise.allSettled([
    generateText({ model, messages, maxRetries: 0 }),
    generateText({ model, messages, maxRetries: 0 }),
  ]);
  const { escrows, accounts } = sandbox.ledger();
  expect(escrows.filter(({ status }) => status === 'held')).toEqual([]);
  expect(escrows.filter(({ status }) => status === 'released').length).toBeLessThanOrEqual(2);
  expect(new Set(escrows.map(({ taskId }) => taskId)).size).toBe(escrows.length);
  expect(accounts.reduce((sum, { held }) => sum + held, 0)).toBe(0);
});

test('a task id that this process holds nothing for starts a new hold', async () => {
  const messages = await ask(asker());
  events.length = 0;
  await generateText({ model: asker(), messages, maxRetries: 0 }).catch(() => {});
  expect(events[0]).toBe('held');
});

test('a conversation that goes on after the task ended is a new hold', async () => {
  const model = asker();
  const messages = await ask(model);
  const { response } = await generateText({ model, messages });
  events.length = 0;
  await generateText({
    model,
    messages: [...messages, ...response.messages, { role: 'user', content: 'One more table' }],
  });
  expect(events).toEqual(['held', 'kept']);
});
