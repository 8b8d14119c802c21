import { InMemoryTaskStore } from '@a2a-js/sdk/server';
import { dynamicTool, generateText, jsonSchema, tool, ToolLoopAgent, type ToolSet } from 'ai';
import type { MockLanguageModelV4 } from 'ai/test';
import { createStorage } from 'unstorage';
import { expect, test } from 'vitest';
import type { ConversationStorage } from '../../../src/agent';
import { convertToApprovals } from '../../../src/agent/model/convert-to-model-message';
import { memoryStorage } from '../../../src/internal/memory-storage';
import { calling, freeAgent, saying, scriptedModel } from './scripted-model';

/** What a model was told, in short. */
function toldOf(model: MockLanguageModelV4, call = model.doStreamCalls.length - 1): string[] {
  const prompt = model.doStreamCalls[call]?.prompt ?? [];
  return prompt.flatMap(({ content, role }) =>
    typeof content === 'string'
      ? [`${role}: ${content}`]
      : content.map((part) => `${role}: ${part.type === 'text' ? part.text : part.type}`),
  );
}

const send = (text: string, more: object = {}) => ({
  message: { messageId: crypto.randomUUID(), role: 'ROLE_USER', parts: [{ text }], ...more },
});

const stores: [string, () => ConversationStorage][] = [
  ['an atomic storage', () => memoryStorage()],
  ['an unstorage', () => createStorage()],
];

test.each([
  ['two machines with an atomic storage', () => memoryStorage(), 2],
  ['one machine with an unstorage', () => createStorage(), 1],
] as const)('turns at the same time are all kept, on %s', async (_, make, count) => {
  const conversations = make();
  const machines = Array.from({ length: count }, () => {
    const model = scriptedModel(Array.from({ length: 8 }, (_turn, at) => saying(`Answer ${at}.`)));
    return { poet: model, ...freeAgent({ model }, { conversations }) };
  });
  const [first, second = first] = machines;
  await first?.call('SendMessage', send('Question 0', { contextId: 'c' }));
  const asked = [1, 2, 3, 4, 5, 6].map((at) => `Question ${at}`);
  await Promise.all(
    asked.map((text, at) =>
      machines[at % count]?.call('SendMessage', send(text, { contextId: 'c' })),
    ),
  );
  await second?.call('SendMessage', send('Last', { contextId: 'c' }));
  const told = second === undefined ? [] : toldOf(second.poet);
  expect(told).toHaveLength(15);
  expect(told.filter((line) => line.startsWith('user: ')).toSorted()).toEqual(
    ['Last', 'Question 0', ...asked].map((text) => `user: ${text}`),
  );
  // Each question has its answer after it.
  expect(told.slice(0, -1).map((line) => line.split(':')[0])).toEqual(
    Array.from({ length: 14 }, (_role, at) => (at % 2 === 0 ? 'user' : 'assistant')),
  );
});

test.each(stores)('a turn that failed leaves nothing behind, in %s', async (_, make) => {
  // The first answer is none.
  const poet = scriptedModel([[], saying('Roses.'), saying('Violets.')]);
  const { call } = freeAgent({ model: poet }, { conversations: make() });
  for (const text of ['First', 'Second', 'Third']) {
    await call('SendMessage', send(text, { contextId: 'c' }));
  }
  expect(toldOf(poet)).toEqual(['user: Second', 'assistant: Roses.', 'user: Third']);
});

test('the model gets the last turns again, as many as it is to', async () => {
  const poet = scriptedModel(Array.from({ length: 5 }, (_, at) => saying(`Answer ${at}.`)));
  const { call } = freeAgent({ model: poet }, { maxTurns: 2 });
  for (let at = 0; at < 5; at++) {
    await call('SendMessage', send(`Question ${at}`, { contextId: 'c' }));
  }
  expect(toldOf(poet)).toEqual([
    'user: Question 2',
    'assistant: Answer 2.',
    'user: Question 3',
    'assistant: Answer 3.',
    'user: Question 4',
  ]);
});

test('a conversation belongs to its caller', async () => {
  const poet = scriptedModel([saying('Ann’s.'), saying('Bob’s.')]);
  let userName = 'ann';
  const authenticate = () => ({ isAuthenticated: true, userName });
  const { call } = freeAgent({ model: poet }, { handler: { authenticate } });
  await call('SendMessage', send('My secret', { contextId: 'c' }));
  userName = 'bob';
  await call('SendMessage', send('What is the secret?', { contextId: 'c' }));
  expect(toldOf(poet)).toEqual(['user: What is the secret?']);
});

test.each(stores)('files are told again, in %s', async (_, make) => {
  const poet = scriptedModel([saying('A cat.'), saying('A dog.')]);
  const { call } = freeAgent({ model: poet }, { conversations: make() });
  const parts = [{ text: 'What is it?' }, { raw: 'iVBORw==', mediaType: 'image/png' }];
  await call('SendMessage', send('', { contextId: 'c', parts }));
  await call('SendMessage', send('And now?', { contextId: 'c' }));
  const [first] = poet.doStreamCalls[1]?.prompt ?? [];
  expect(first?.content).toEqual(poet.doStreamCalls[0]?.prompt[0]?.content);
  expect(JSON.stringify(first?.content)).toContain('image/png');
});

/** A printer that has to be asked, and what it printed. */
function printer(turns: ReturnType<typeof saying>[], tools?: (ran: unknown[]) => ToolSet) {
  const ran: unknown[] = [];
  const model = scriptedModel(turns);
  const execute = async (input: unknown) => {
    ran.push(input);
    return 'done';
  };
  const agent = new ToolLoopAgent({
    model,
    tools: tools?.(ran) ?? {
      print: tool({
        inputSchema: jsonSchema<object>({ type: 'object' }),
        needsApproval: true,
        execute,
      }),
    },
  });
  return { agent, model, ran };
}

test('what waits for an approval waits in its task alone', async () => {
  const { agent, model, ran } = printer([
    calling('print', { copies: 2 }),
    saying('Hello.'),
    saying('Printed.'),
  ]);
  const uses: unknown[] = [];
  const conversations = memoryStorage();
  const meter = ({ usage }: { usage: { totalTokens: number | undefined } }) => {
    uses.push(usage.totalTokens);
    return 1;
  };
  const { call } = freeAgent({ agent }, { conversations, meter });
  const asked = await call('SendMessage', send('Print it', { contextId: 'c' }));
  const { id, status } = asked.result.task;
  expect(status.state).toBe('TASK_STATE_INPUT_REQUIRED');
  expect(status.message.parts[1].data.approvals).toMatchObject([
    { toolName: 'print', input: { copies: 2 } },
  ]);
  // Another task of the same conversation.
  await call('SendMessage', send('Hello', { contextId: 'c' }));
  expect(toldOf(model)).toEqual(['user: Hello']);
  const { approvalId } = status.message.parts[1].data.approvals[0];
  const parts = [{ data: { approvals: [{ approvalId, approved: true }] } }];
  const done = await call('SendMessage', send('', { contextId: 'c', taskId: id, parts }));
  expect(done.result.task.status.state).toBe('TASK_STATE_COMPLETED');
  expect(ran).toEqual([{ copies: 2 }]);
  // All legs of a turn are its use.
  expect(uses).toEqual([17, 34]);
  expect(done.result.task.metadata.creditsUsed).toBe(1);
  await call('SendMessage', send('Thanks', { contextId: 'c' }));
  expect(toldOf(model)).toEqual([
    'user: Hello',
    'assistant: Hello.',
    'user: Print it',
    'assistant: tool-call',
    'tool: tool-result',
    'assistant: Printed.',
    'user: Thanks',
  ]);
});

test('of two answers to one question the first counts, also on two machines', async () => {
  const { agent, ran } = printer([calling('print', {}), saying('Printed.'), saying('Hm.')]);
  const conversations = memoryStorage();
  const handler = { taskStore: new InMemoryTaskStore() };
  const [one, two] = [
    freeAgent({ agent }, { conversations, handler }),
    freeAgent({ agent }, { conversations, handler }),
  ];
  const asked = await one.call('SendMessage', send('Print it', { contextId: 'c' }));
  const taskId = asked.result.task.id;
  await Promise.all(
    [one, two].map(({ call }) => call('SendMessage', send('yes', { contextId: 'c', taskId }))),
  );
  expect(ran).toHaveLength(1);
});

test('who approves several calls reads each of them', async () => {
  const long = 'x'.repeat(1000);
  const { agent } = printer([
    [...calling('print', { copies: 2 }, 'a'), ...calling('print', { text: `\u202e${long}` }, 'b')],
  ]);
  const { text } = await generateText({ model: freeAgent({ agent }).model, prompt: 'Print' });
  expect(text.split('\n')).toEqual([
    'May it run these tools?',
    '- print with {"copies":2}',
    `- print with ${`{"text":"\uFFFD${long}`.slice(0, 200)}…`,
    'Answer yes to all, or no.',
  ]);
});

test.each([
  ['yes', true],
  ['Yes, please!', true],
  ['ok thanks.', true],
  ['Approved, thank you', true],
  ['yes but not the second', false],
  ['yesterday', false],
  ['please', false],
])('"%s" is taken for a yes: %s', (value, approved) => {
  const content = { $case: 'text' as const, value };
  const parts = [{ content, mediaType: '', filename: '', metadata: undefined }];
  const answer = convertToApprovals({ parts }, ['a']);
  expect(answer.content).toMatchObject([{ approvalId: 'a', approved }]);
});

test('no is no, with its reason, and tools that are only known at run time ask as well', async () => {
  const { agent, model, ran } = printer(
    [calling('print', {}), saying('I did not.')],
    (printed) => ({
      print: dynamicTool({
        inputSchema: jsonSchema({ type: 'object' }),
        needsApproval: true,
        execute: async (input) => printed.push(input),
      }),
    }),
  );
  const buyer = freeAgent({ agent }).model;
  const asked = await generateText({ model: buyer, prompt: 'Print it' });
  expect(asked.text).toBe('May it run print with {}? Answer yes or no.');
  const messages = [
    { role: 'user' as const, content: 'Print it' },
    ...asked.response.messages,
    { role: 'user' as const, content: 'No, the ink is dear.' },
  ];
  expect((await generateText({ model: buyer, messages })).text).toBe('I did not.');
  expect(ran).toEqual([]);
  expect(JSON.stringify(model.doStreamCalls[1]?.prompt)).toContain('No, the ink is dear.');
});

test('what the application itself approves is not asked of the caller', async () => {
  const ran: unknown[] = [];
  const agent = new ToolLoopAgent({
    model: scriptedModel([calling('print', {}), saying('Printed.')]),
    tools: {
      print: tool({
        inputSchema: jsonSchema<object>({ type: 'object' }),
        execute: async (input) => ran.push(input),
      }),
    },
    toolApproval: { print: 'approved' },
  });
  const { text } = await generateText({ model: freeAgent({ agent }).model, prompt: 'Print it' });
  expect(text).toBe('Printed.');
  expect(ran).toEqual([{}]);
});
