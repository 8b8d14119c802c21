import { stepCountIs, streamText, tool, ToolLoopAgent, type ToolSet } from 'ai';
import {
  BudgetExceededError,
  paidAgentTool,
  type PaidAgentToolOptions,
  PaidAgentToolError,
} from 'ai-sdk-a2a-settlement/tools';
import { MockLanguageModelV4 } from 'ai/test';
import { expect, test } from 'vitest';
import * as z from 'zod/v4';
import { createMarket, saying, text, toolCall } from './market';

/** A buyer with 100 tokens, and a researcher at 10. */
function open(
  researcher: ReturnType<typeof saying>,
  options: Partial<PaidAgentToolOptions> = {},
  market = createMarket(),
) {
  market.open('buyer', 100);
  market.open('researcher', 0);
  market.sell('researcher', { model: researcher });
  const research = paidAgentTool({
    model: market.buyer('buyer')('researcher'),
    description: 'Researches.',
    ...options,
  });
  return { ...market, research };
}

const call = (message: string) => toolCall('research', { message });

/** Lets a planner say these, with the tool at hand. */
function plan(tools: ToolSet, ...turns: Parameters<typeof saying>) {
  const model = saying(...turns);
  const result = streamText({
    model,
    tools,
    prompt: 'Plan',
    stopWhen: stepCountIs(10),
    onError: () => {},
  });
  return { model, result };
}

test('the calling model sees the text, the application the receipt too', async () => {
  const { books, research } = open(saying(text('Bonn ', 'is small.')));
  const { model, result } = plan({ research }, [call('How big is Bonn?')], text('Small.'));
  expect(await result.text).toBe('Small.');
  const [step] = await result.steps;
  expect(step?.toolResults[0]?.output).toEqual({
    text: 'Bonn is small.',
    receipt: expect.objectContaining({ status: 'released', amount: 10, captured: 10 }),
  });
  expect(model.doStreamCalls[1]?.prompt.at(-1)).toMatchObject({
    role: 'tool',
    content: [{ output: { type: 'text', value: 'Bonn is small.' } }],
  });
  expect(books()).toMatchObject({ buyer: 89, researcher: 10 });
});

test('it grows while the agent writes', async () => {
  const { books, research } = open(saying(text('one ', 'two ', 'three')), { stream: true });
  const { result } = plan({ research }, [call('Count')], text('Done.'));
  const shown: unknown[] = [];
  for await (const part of result.stream) {
    if (part.type === 'tool-result') shown.push([part.preliminary === true, part.output]);
  }
  const receipt = expect.objectContaining({ status: 'released' });
  const last = { text: 'one two three', receipt };
  expect(shown.slice(-3)).toEqual([
    [true, { text: 'one two three' }],
    [true, last],
    [false, last],
  ]);
  const grown = shown.slice(0, -2).map((each) => JSON.stringify(each).length);
  expect(grown.length).toBeGreaterThan(2);
  expect(grown).toEqual(grown.toSorted((one, other) => one - other));
  expect(books()).toMatchObject({ buyer: 89, researcher: 10 });
});

test('an agent that fails is a tool error with its receipt, and comes back to the budget', async () => {
  const researcher = saying(new Error('no'), text('yes'));
  const { books, research } = open(researcher, { budget: 10 });
  const { model, result } = plan({ research }, [call('1')], [call('2')], text('Done.'));
  const [first, second] = await result.steps;
  const error = first?.content.find((part) => part.type === 'tool-error')?.error;
  expect(PaidAgentToolError.isInstance(error) && error.receipt).toMatchObject({
    status: 'refunded',
    returned: 11,
  });
  expect(JSON.stringify(model.doStreamCalls[1]?.prompt)).toContain('payment: refunded');
  expect(second?.toolResults[0]?.output).toMatchObject({ receipt: { status: 'released' } });
  expect(books()).toMatchObject({ buyer: 89, researcher: 10 });
});

test('calls at the same time stay within the budget, and none is made when it is used up', async () => {
  const researcher = saying(text('yes'));
  const { books, research } = open(researcher, { budget: 20 });
  const three = ['1', '2', '3'].map(call);
  const { result } = plan({ research }, three, [call('4')], text('Done.'));
  const [first, second] = await result.steps;
  expect(first?.toolResults).toHaveLength(2);
  const errors = [first, second].map(
    (step) => step?.content.find((part) => part.type === 'tool-error')?.error,
  );
  expect(errors.map((error) => BudgetExceededError.isInstance(error))).toEqual([true, true]);
  expect(errors[1]).toMatchObject({ left: 0, currency: 'ATE' });
  expect(books()).toEqual({ buyer: 78, researcher: 20, escrows: ['released', 'released'] });
  expect(researcher.doStreamCalls).toHaveLength(2);
});

test('what is not known to be back counts, until it is', async () => {
  const { promise: mayRefund, resolve: refund } = Promise.withResolvers<void>();
  const market = createMarket({ beforeRefund: () => mayRefund });
  open(saying(new Error('no'), text('yes')), {}, market);
  const patient = { receiptTimeoutMs: 0, retry: { deadlineMs: 120_000, initialMs: 1 } };
  const model = market.buyer('buyer', patient)('researcher');
  const research = paidAgentTool({ model, description: 'Researches.', budget: 10 });
  const both = [[call('1')], text('Done.')];
  const [first] = await plan({ research }, ...both).result.steps;
  const error = first?.content.find((part) => part.type === 'tool-error')?.error;
  expect(error).toMatchObject({ receipt: { status: 'pending' } });
  refund();
  await expect.poll(market.books).toMatchObject({ buyer: 100, escrows: ['refunded'] });
  const [second] = await plan({ research }, ...both).result.steps;
  expect(second?.toolResults).toHaveLength(1);
  await expect.poll(market.books).toMatchObject({ buyer: 89, researcher: 10 });
});

test('a person has to agree before anything is held', async () => {
  const { books, research } = open(saying(text('yes')), {
    needsApproval: ({ message }) => message.includes('dear'),
  });
  const { result } = plan({ research }, [call('dear'), call('cheap')], text('Done.'));
  const [step] = await result.steps;
  expect(step?.content.filter(({ type }) => type === 'tool-approval-request')).toHaveLength(1);
  expect(books()).toEqual({ buyer: 89, researcher: 10, escrows: ['released'] });
});

test('an abort reaches the agent, and refunds', async () => {
  const controller = new AbortController();
  const researcher = new MockLanguageModelV4({
    doStream: async ({ abortSignal }) => {
      setTimeout(() => controller.abort(new Error('enough')), 20);
      return new Promise((_, reject) => {
        abortSignal?.addEventListener('abort', () => reject(abortSignal.reason), { once: true });
      });
    },
  });
  const { books, research } = open(researcher);
  const result = streamText({
    model: saying([call('1')], text('never')),
    tools: { research },
    prompt: 'Plan',
    abortSignal: controller.signal,
    stopWhen: stepCountIs(3),
    onError: () => {},
  });
  await result.consumeStream();
  await expect.poll(books).toEqual({ buyer: 100, researcher: 0, escrows: ['refunded'] });
});

test('a conversation goes on by its name, and a task that asks back under its hold', async () => {
  const { books, research, sell } = open(saying([]), { conversation: () => 'chat-1' });
  const print = tool({ inputSchema: z.object({}), needsApproval: true, execute: async () => 'ok' });
  const model = saying([toolCall('print', {})], text('Printed.'), text('Again.'));
  sell('researcher', { agent: new ToolLoopAgent({ model, tools: { print } }) });
  const turns = [[call('Print')], [call('yes')], [call('Once more')], text('Done.')];
  const outputs = (await plan({ research }, ...turns).result.steps).flatMap(({ toolResults }) =>
    toolResults.map(({ output }) => output),
  );
  expect(outputs).toMatchObject([
    { text: expect.stringContaining('May it run print with {}?'), receipt: { status: 'kept' } },
    { text: 'Printed.', receipt: { status: 'released' } },
    { text: 'Again.', receipt: { status: 'released' } },
  ]);
  expect(books()).toEqual({ buyer: 78, researcher: 20, escrows: ['released', 'released'] });
  // The agent knows what was said before.
  expect(JSON.stringify(model.doStreamCalls[2]?.prompt)).toMatch(/Print.*Printed\..*Once more/);
});

test('without a name, an agent that asks back is refunded', async () => {
  const { books, research, sell } = open(saying([]));
  const print = tool({ inputSchema: z.object({}), needsApproval: true, execute: async () => 'ok' });
  const model = saying([toolCall('print', {})]);
  sell('researcher', { agent: new ToolLoopAgent({ model, tools: { print } }) });
  const [step] = await plan({ research }, [call('Print')], text('Done.')).result.steps;
  expect(step?.toolResults[0]?.output).toMatchObject({ receipt: { status: 'refunded' } });
  expect(books()).toEqual({ buyer: 100, researcher: 0, escrows: ['refunded'] });
});

test('an input of its own, labels, and a model that nobody settles', async () => {
  const labels: unknown[] = [];
  const researcher = saying(text('free'));
  const research = paidAgentTool({
    model: researcher,
    description: 'Researches.',
    inputSchema: z.object({ city: z.string() }),
    message: ({ city }) => `How big is ${city}?`,
    needsApproval: ({ city }) => city === '',
    instructions: 'Be brief.',
    headers: { 'x-team': 'search' },
    providerOptions: ({ city }) => {
      labels.push(city);
      return { settlement: { labels: { city } } };
    },
  });
  const turns = [[toolCall('research', { city: 'Bonn' })], text('Done.')];
  const [step] = await plan({ research }, ...turns).result.steps;
  expect(step?.toolResults[0]?.output).toEqual({ text: 'free' });
  const [asked] = researcher.doStreamCalls;
  expect(asked?.prompt).toMatchObject([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ text: 'How big is Bonn?' }] },
  ]);
  expect(asked?.headers).toMatchObject({ 'x-team': 'search' });
  expect(asked?.providerOptions?.['settlement']).toMatchObject({ labels: { city: 'Bonn' } });
  expect(labels).toEqual(['Bonn']);
});
