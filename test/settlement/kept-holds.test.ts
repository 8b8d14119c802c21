import {
  convertToModelMessages,
  generateText,
  readUIMessageStream,
  streamText,
  toUIMessageStream,
  wrapLanguageModel,
  type ModelMessage,
  type UIMessage,
} from 'ai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createA2A, createSettlement, exchangeRail } from '../../src/index';
import { createExchangeClient } from '../../src/rails/exchange/exchange-client';
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

describe('on another machine, with no shared journal', () => {
  test('the hold that came with the messages is gone on under', async () => {
    const messages = await ask(asker());
    const { providerMetadata } = await generateText({ model: asker(), messages });
    expect(events).toEqual(['held', 'kept', 'released']);
    expect(sandbox.ledger().escrows).toMatchObject([{ status: 'released' }]);
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released', amount: 15 });
  });

  test('it came through useChat as well', async () => {
    const result = streamText({ model: asker(), prompt: 'Book a table' });
    let answer: UIMessage | undefined;
    const stream = toUIMessageStream({ stream: result.stream });
    for await (const message of readUIMessageStream({ stream })) answer = message;
    if (answer === undefined) throw new Error('no answer');
    const messages = await convertToModelMessages([
      { id: '1', role: 'user', parts: [{ type: 'text', text: 'Book a table' }] },
      answer,
      { id: '2', role: 'user', parts: [{ type: 'text', text: 'For four' }] },
    ]);
    await generateText({ model: asker(), messages });
    expect(events).toEqual(['held', 'kept', 'released']);
  });

  test('a hold of someone else, put into these messages, is not touched', async () => {
    const theirs = await ask(asker());
    const ours = await ask(asker());
    events.length = 0;
    const messages = withMarksOf(ours, theirs);
    await generateText({ model: asker(), messages, maxRetries: 0 }).catch(() => {});
    expect(events[0]).toBe('held');
    const { escrows } = sandbox.ledger();
    expect(escrows).toHaveLength(3);
    expect(escrows.filter(({ status }) => status === 'held')).toHaveLength(2);
  });

  test.each([
    ['another escrow', { escrowId: '00000000-0000-4000-8000-000000000000' }],
    ['another payee', { payee: 'someone' }],
    ['more tokens', { amount: 10_000 }],
    ['more time', { expiresAt: '2099-01-01T00:00:00.000Z' }],
  ])('a mark that was changed to %s starts a new hold', async (_, change) => {
    const messages = await ask(asker());
    events.length = 0;
    const forged: ModelMessage[] = JSON.parse(
      JSON.stringify(messages, (key, value) => (key === 'hold' ? { ...value, ...change } : value)),
    );
    await generateText({ model: asker(), messages: forged, maxRetries: 0 }).catch(() => {});
    expect(events[0]).toBe('held');
  });

  test('a hold that was settled meanwhile starts a new one', async () => {
    const messages = await ask(asker());
    const [escrow] = sandbox.ledger().escrows;
    const { exchangeUrl, fetch, payer } = sandbox;
    const client = createExchangeClient({ url: exchangeUrl, apiKey: payer.apiKey, fetch });
    await client.refund(escrow?.id ?? '');
    events.length = 0;
    await generateText({ model: asker(), messages, maxRetries: 0 }).catch(() => {});
    expect(events[0]).toBe('held');
  });
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

/** These messages, with the settlement marks of those. */
function withMarksOf(these: ModelMessage[], those: ModelMessage[]): ModelMessage[] {
  const marks: unknown[] = [];
  JSON.stringify(those, (key, value) => {
    if (key === 'settlementHold') marks.push(value);
    return value;
  });
  return JSON.parse(
    JSON.stringify(these, (key, value) => (key === 'settlementHold' ? marks[0] : value)),
  );
}
