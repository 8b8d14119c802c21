import { generateText, jsonSchema, streamText, tool, ToolLoopAgent, wrapLanguageModel } from 'ai';
import { MockLanguageModelV4, simulateReadableStream } from 'ai/test';
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { describe, expect, test, vi } from 'vitest';
import {
  acceptExchange,
  acceptNevermined,
  type AgentSource,
  createPaidAgent,
  type PaidAgentOptions,
  settlementExtension,
} from '../../src/agent';
import { createExchange } from '../../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';
import { scriptedModel } from './model/scripted-model';
import { call, coins, paidBy } from './payment/coins';
import { SHOP_URL } from './payment/shop';

const exchangeUrl = 'https://exchange.test/api/v1';
const url = 'https://shop.test/poet';

const usage = {
  inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 4, text: 4, reasoning: undefined },
};

/** A model that says this, one turn after the other. */
function saying(...turns: LanguageModelV4StreamPart[][]) {
  let turn = 0;
  return new MockLanguageModelV4({
    doStream: async () => {
      const parts = turns[turn++] ?? [];
      const isCall = parts.some(({ type }) => type === 'tool-call');
      const unified = isCall ? ('tool-calls' as const) : ('stop' as const);
      return {
        stream: simulateReadableStream<LanguageModelV4StreamPart>({
          chunks: [
            { type: 'stream-start', warnings: [] },
            ...parts,
            { type: 'finish', finishReason: { unified, raw: unified }, usage },
          ],
        }),
      };
    },
  });
}

const text = (...deltas: string[]): LanguageModelV4StreamPart[] => [
  { type: 'text-start', id: '1' },
  ...deltas.map((delta) => ({ type: 'text-delta' as const, id: '1', delta })),
  { type: 'text-end', id: '1' },
];

function sell(
  source: AgentSource,
  options: Partial<Omit<PaidAgentOptions, keyof AgentSource>> = {},
) {
  const exchange = createExchange();
  const buyer = exchange.register('buyer', { tokens: 100 });
  const seller = exchange.register('poet', { tokens: 0 });
  const fetch = inProcessFetch('https://exchange.test', exchange.fetch);
  const accepts = [acceptExchange({ exchangeUrl, ...seller, price: 10, fetch })];
  const handler = createPaidAgent({
    ...source,
    url,
    name: 'poet',
    description: 'Writes poems.',
    skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
    accepts,
    ...options,
  });
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: buyer.apiKey, fetch }),
  });
  const a2a = createA2A({ fetch: inProcessFetch('https://shop.test', handler) });
  const model = wrapLanguageModel({ model: a2a(url), middleware: settlement.middleware });
  const books = () => {
    const { accounts } = exchange.ledger();
    return [buyer, seller].map(
      ({ accountId }) => accounts.find(({ id }) => id === accountId)?.available,
    );
  };
  return { a2a, accepts, books, handler, model };
}

test('a model is sold as it streams, and says what it took', async () => {
  const poet = saying(text('Roses ', 'are ', 'red.'));
  const { books, model } = sell({ model: poet });
  const result = streamText({ model, prompt: 'A poem' });
  const deltas: string[] = [];
  for await (const delta of result.textStream) deltas.push(delta);
  expect(deltas).toEqual(['Roses', ' are', ' red', '.']);
  expect(await result.usage).toMatchObject({ inputTokens: 3, outputTokens: 4 });
  expect((await result.providerMetadata)?.['settlement']).toMatchObject({ status: 'released' });
  expect(books()).toEqual([89, 10]);
});

test('the conversation goes on, and each call is paid', async () => {
  const poet = saying(text('Roses.'), text('Violets.'));
  const { books, model } = sell({ model: poet });
  const first = await generateText({ model, prompt: 'A poem' });
  const messages = [
    { role: 'user' as const, content: 'A poem' },
    ...first.response.messages,
    { role: 'user' as const, content: 'Another' },
  ];
  expect((await generateText({ model, messages })).text).toBe('Violets.');
  expect(poet.doStreamCalls[1]?.prompt.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'user',
  ]);
  expect(books()).toEqual([78, 20]);
});

test('what it is worth is measured', async () => {
  const { books, model } = sell(
    { model: saying(text('Roses.')) },
    { meter: ({ usage: { outputTokens = 0 } }) => outputTokens },
  );
  const { providerMetadata } = await generateText({ model, prompt: 'A poem' });
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'partially-released' });
  expect(books()[1]).toBeLessThan(10);
});

test('a model that fails is not paid, and its caller learns no more than that', async () => {
  const errors: unknown[] = [];
  const poet = new MockLanguageModelV4({
    doStream: async () => {
      throw new Error('key sk-123 is wrong');
    },
  });
  const { books, model } = sell({ model: poet }, { onError: (error) => void errors.push(error) });
  const failed = await generateText({ model, prompt: 'A poem', maxRetries: 0 }).catch(String);
  expect(failed).not.toContain('sk-123');
  expect(errors).toHaveLength(1);
  expect(books()).toEqual([100, 0]);
});

test('a failure that no onError is told of is printed', async () => {
  const print = vi.spyOn(console, 'error').mockImplementation(() => {});
  const failure = new Error('key sk-123 is wrong');
  const doStream = async (): Promise<never> => {
    throw failure;
  };
  const { model } = sell({ model: new MockLanguageModelV4({ doStream }) });
  await expect(generateText({ model, prompt: 'A poem', maxRetries: 0 })).rejects.toThrow();
  expect(print.mock.calls).toEqual([[failure]]);
  print.mockClear();
  const heard = sell({ model: new MockLanguageModelV4({ doStream }) }, { onError: () => {} });
  await expect(
    generateText({ model: heard.model, prompt: 'A poem', maxRetries: 0 }),
  ).rejects.toThrow();
  expect(print).not.toHaveBeenCalled();
  print.mockRestore();
});

test('an answer that was not paid is not in the conversation', async () => {
  const { accept, control } = coins();
  const poet = saying(text('THE UNPAID ANSWER'), text('Second'));
  const { handler } = sell({ model: poet }, { accepts: [accept], url: SHOP_URL });
  const fetch = inProcessFetch(new URL(SHOP_URL).origin, handler);
  control.settle = async () => ({ status: 'unsettled' });
  const contextId = 'conversation';
  const first = await call(fetch, 'SendMessage', paidBy('a', 'Dear work', { contextId }));
  expect(first.state).toBe('TASK_STATE_FAILED');
  expect(first.text).not.toContain('UNPAID');
  control.settle = async () => ({ status: 'settled', amount: 1 });
  await call(fetch, 'SendMessage', paidBy('b', 'Say that again', { contextId }));
  const prompt = JSON.stringify(poet.doStreamCalls[1]?.prompt);
  expect(prompt).toContain('Say that again');
  expect(prompt).not.toContain('UNPAID');
});

test('what a model thinks is not shown before it is paid', async () => {
  const { accept, control } = coins();
  const delta = 'The whole answer is forty-two. '.repeat(8);
  const thinking: LanguageModelV4StreamPart[] = [
    { type: 'reasoning-start', id: 'r' },
    { type: 'reasoning-delta', id: 'r', delta },
    { type: 'reasoning-end', id: 'r' },
  ];
  const poet = saying([...thinking, ...text('Forty-two.')]);
  const { handler } = sell({ model: poet }, { accepts: [accept], url: SHOP_URL });
  const fetch = inProcessFetch(new URL(SHOP_URL).origin, handler);
  control.settle = async () => ({ status: 'unsettled' });
  const told = await call(fetch, 'SendStreamingMessage', paidBy('a', 'The answer?'));
  expect(told.text).toContain('TASK_STATE_FAILED');
  expect(told.text.toLowerCase()).not.toContain('forty-two');
});

test.each([
  ['a content filter', 'content-filter', text('Ro'), [100, 0]],
  ['an error', 'error', text('Ro'), [100, 0]],
  ['its length', 'length', text('Ro'), [89, 10]],
  ['nothing said', 'stop', [], [100, 0]],
] as const)('an answer that ends with %s costs what it is due', async (_, ends, said, due) => {
  const { books, model } = sell({ model: scriptedModel([[...said]], { ends }) });
  const answer = await generateText({ model, prompt: 'A poem', maxRetries: 0 }).catch(() => {});
  expect(answer?.text).toBe(ends === 'length' ? 'Ro' : undefined);
  expect(answer?.finishReason).toBe(ends === 'length' ? 'length' : undefined);
  expect(books()).toEqual(due);
});

test('a stream that ends at its length says so, and is paid', async () => {
  const { books, model } = sell({ model: scriptedModel([text('Ro')], { ends: 'length' }) });
  const result = streamText({ model, prompt: 'A poem' });
  expect(await result.text).toBe('Ro');
  expect([await result.finishReason, await result.rawFinishReason]).toEqual([
    'length',
    'completed',
  ]);
  expect(books()).toEqual([89, 10]);
});

test('a meter that breaks costs the caller nothing', async () => {
  const errors: unknown[] = [];
  const { books, model } = sell(
    { model: saying(text('Roses.')) },
    {
      meter: () => {
        throw new Error('no tariff');
      },
      onError: (error) => void errors.push(error),
    },
  );
  await expect(generateText({ model, prompt: 'A poem', maxRetries: 0 })).rejects.toThrow();
  expect(errors).toMatchObject([{ message: 'no tariff' }]);
  expect(books()).toEqual([100, 0]);
});

test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '3'])(
  'a meter that says %s costs the caller nothing',
  async (says) => {
    const errors: unknown[] = [];
    const { books, model } = sell(
      { model: saying(text('Roses.')) },
      { meter: () => says as number, onError: (error) => void errors.push(error) },
    );
    await expect(generateText({ model, prompt: 'A poem', maxRetries: 0 })).rejects.toThrow();
    expect(errors).toMatchObject([{ message: expect.stringContaining('`meter`') }]);
    expect(books()).toEqual([100, 0]);
  },
);

test('a tool that needs approval asks the caller, under one hold', async () => {
  const ran: unknown[] = [];
  const call = { type: 'tool-call', toolCallId: 'c1', toolName: 'print', input: '{"copies":2}' };
  const agent = new ToolLoopAgent({
    model: saying([call as LanguageModelV4StreamPart], text('Printed.')),
    tools: {
      print: tool({
        description: 'Prints.',
        inputSchema: jsonSchema<{ copies: number }>({ type: 'object' }),
        needsApproval: true,
        execute: async (input) => {
          ran.push(input);
          return 'done';
        },
      }),
    },
  });
  const { books, model } = sell({ agent });
  const asked = await generateText({ model, prompt: 'Print it' });
  expect(asked.text).toContain('May it run print with {"copies":2}?');
  expect(ran).toEqual([]);
  expect(asked.providerMetadata?.['settlement']).toMatchObject({ status: 'kept' });
  const messages = [
    { role: 'user' as const, content: 'Print it' },
    ...asked.response.messages,
    { role: 'user' as const, content: 'yes' },
  ];
  const done = await generateText({ model, messages });
  expect(done.text).toBe('Printed.');
  expect(ran).toEqual([{ copies: 2 }]);
  expect(books()).toEqual([89, 10]);
});

test('with one storage, machines share payments, tasks and conversations', async () => {
  const storage = memoryStorage();
  const poet = saying(text('Roses.'));
  const one = sell({ model: poet }, { storage });
  const { model } = one;
  const first = await generateText({ model, prompt: 'A poem' });
  const another = sell({ model: poet }, { storage, accepts: one.accepts });
  const { taskId } = first.providerMetadata?.['a2a'] ?? {};
  const asked = await another.handler(
    new Request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'a2a-version': '1.0' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'GetTask', params: { id: taskId } }),
    }),
  );
  expect(await asked.text()).toContain('Roses');
  const kinds = (await storage.getKeys()).map((key) => key.split(':', 1)[0]);
  expect(kinds).toEqual(expect.arrayContaining(['a2a-payment', 'a2a-task', 'a2a-conversation']));
});

describe('the card', () => {
  const accepts = [acceptExchange({ exchangeUrl, apiKey: 'ate_key', accountId: 'poet', price: 7 })];
  const cardOf = async (options: Partial<PaidAgentOptions>) => {
    const { handler } = sell({ model: saying() }, options);
    const card = await handler(new Request(`${url}/.well-known/agent-card.json`));
    return card.json();
  };

  test('says what each skill costs, and that text and JSON come out', async () => {
    expect(await cardOf({ accepts })).toMatchObject({
      defaultOutputModes: ['text/plain', 'application/json'],
      capabilities: {
        extensions: [{ required: true, params: { pricing: { poem: { baseTokens: 7 } } } }],
      },
    });
    expect(await cardOf({ outputModes: ['text/plain'] })).toMatchObject({
      defaultOutputModes: ['text/plain'],
    });
  });

  test('requires none of several ways to pay, and has each entry once', async () => {
    const plan = { agentId: 'a', planId: 'p', credits: 1, url };
    const { capabilities } = await cardOf({
      accepts: [...accepts, acceptNevermined({ ...plan, required: true })],
      extensions: [{ uri: 'urn:own', description: '', required: true, params: undefined }],
    });
    const entries: { uri: string; required?: boolean }[] = capabilities.extensions;
    expect(entries.filter(({ required }) => required).map(({ uri }) => uri)).toEqual(['urn:own']);
    expect(new Set(entries.map(({ uri }) => uri)).size).toBe(entries.length);
  });

  test('has no entry but those that payments are checked with', () => {
    const own = settlementExtension({ accountIds: {}, pricing: {} });
    expect(() => sell({ model: saying() }, { accepts, extensions: [own] })).toThrow(/`accepts`/);
    const pricing = { peom: { baseTokens: 1 } };
    const account = { exchangeUrl, apiKey: 'ate_key', accountId: 'poet' };
    const wrong = acceptExchange({ ...account, pricing });
    expect(() => sell({ model: saying() }, { accepts: [wrong] })).toThrow(/"peom"/);
  });
});

test('unpaid it does nothing', async () => {
  const poet = saying(text('Roses.'));
  const { a2a } = sell({ model: poet });
  await expect(
    generateText({ model: a2a(url), prompt: 'A poem', maxRetries: 0 }),
  ).rejects.toThrow();
  expect(poet.doStreamCalls).toEqual([]);
});

test('reasoning, files and trace headers', async () => {
  const poet = saying([
    { type: 'reasoning-start', id: 'r' },
    { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
    { type: 'reasoning-end', id: 'r' },
    { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aGk=' } },
    ...text('Look.'),
  ]);
  const { model } = sell({ model: poet });
  const result = streamText({
    model,
    headers: { 'x-litellm-trace-id': 'trace-1' },
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Draw' },
          { type: 'file', data: new Uint8Array([1, 2]), mediaType: 'image/png' },
        ],
      },
    ],
  });
  expect(await result.text).toBe('Look.');
  expect(await result.reasoningText).toBe('Hm.');
  expect((await result.files).map(({ base64, mediaType }) => [base64, mediaType])).toEqual([
    ['aGk=', 'image/png'],
  ]);
  expect(poet.doStreamCalls[0]?.headers).toMatchObject({ 'x-litellm-trace-id': 'trace-1' });
  expect(JSON.stringify(poet.doStreamCalls[0]?.prompt)).toContain('image/png');
});

test('a run that returns no stream is named to the seller alone', async () => {
  const errors: unknown[] = [];
  const run = (): never =>
    Reflect.apply((): unknown => JSON.parse('"Roses."'), undefined, []) as never;
  const { books, model } = sell({ run }, { onError: (error) => void errors.push(error) });
  await expect(generateText({ model, prompt: 'A poem', maxRetries: 0 })).rejects.toThrow(
    'The agent failed.',
  );
  expect(String(errors[0])).toContain('`run` must return `{ stream }`');
  expect(books()).toEqual([100, 0]);
});
