import { Role, TaskState } from '@a2a-js/sdk';
import { InMemoryTaskStore, ServerCallContext, UnauthenticatedUser } from '@a2a-js/sdk/server';
import { afterEach, describe, expect, test } from 'vitest';
import { answering, serveAgent, startInternalService, userMessage } from './served-agent';

let closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});

/** Each secret begins alike, so that one search finds all. */
const metadata = {
  'a2a-se': { escrowId: 'esc-1', exchangeUrl: 'http://exchange.test', apiKey: 'SECRET-0' },
  'x402.payment.status': 'payment-submitted',
  'x402.payment.payload': { x402Version: 2, payload: { signature: 'SECRET-1' } },
  'payment-signature': 'SECRET-2',
  Authorization: 'Bearer SECRET-3',
  nested: [{ deeper: { access_token: 'SECRET-4', kept: 'yes' } }],
  'X-API-Key': 'SECRET-5',
  tokens: 12,
  tokenBudget: 99,
};
const parts = [
  {
    content: {
      $case: 'data' as const,
      value: {
        token: 'a word of the question',
        'ap2.mandates.PaymentMandate': { user_authorization: 'SECRET-6' },
        'x402.payment.payload': { signature: 'SECRET-7' },
      },
    },
    mediaType: 'application/json',
    filename: '',
    metadata: { password: 'SECRET-8', kept: 'yes' },
  },
];
const message = (more: object = {}) => userMessage('', { metadata, parts, ...more });
const request = (more: object = {}) => ({
  tenant: '',
  configuration: undefined,
  metadata: undefined,
  message: message(),
  ...more,
});

/** An agent that repeats what it was given, as some do, and notes what it was given. */
async function start(end = TaskState.TASK_STATE_COMPLETED) {
  const given: unknown[] = [];
  const taskStore = new InMemoryTaskStore();
  const hook = await startInternalService();
  const agent = await serveAgent(
    answering({
      pieces: 1,
      end,
      metadata: ({ userMessage: heard, task }) => {
        given.push(structuredClone({ heard, task }));
        return { ...heard.metadata, 'x402.payment.receipts': [{ transaction: '0x1' }] };
      },
    }),
    { taskStore, push: { trustedHosts: ['127.0.0.1'] } },
  );
  closing.push(agent.close, hook.close);
  return { agent, given, taskStore, hook };
}

/** Of what the agent says, payments are taken away; other words are its own. */
const said = /SECRET-[1267]/;

/** All members called `history`, however deep, also in text of JSON. */
function historiesIn(value: unknown): unknown[] {
  if (typeof value === 'string' && value.startsWith('{')) return historiesIn(JSON.parse(value));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'history' ? [member] : historiesIn(member),
  );
}

describe.each(['JSONRPC', 'HTTP+JSON'] as const)('1.x over %s', (transport) => {
  test('gets no credential back, and the agent gets all of them', async () => {
    const { agent, given, taskStore, hook } = await start(TaskState.TASK_STATE_INPUT_REQUIRED);
    const client = await agent.connect(transport);
    const first = await client.sendMessage(
      request({
        configuration: {
          acceptedOutputModes: [],
          returnImmediately: false,
          taskPushNotificationConfig: {
            tenant: '',
            id: '',
            taskId: '',
            url: hook.url,
            token: '',
            authentication: undefined,
          },
        },
      }),
    );
    const id = 'id' in first ? first.id : '';
    const streamed: unknown[] = [];
    for await (const event of client.sendMessageStream(request())) streamed.push(event);

    const shown = {
      first,
      streamed,
      got: await client.getTask({ id, tenant: '' }),
      listed: await client.listTasks({
        tenant: '',
        contextId: '',
        status: TaskState.TASK_STATE_UNSPECIFIED,
        pageToken: '',
        statusTimestampAfter: undefined,
        includeArtifacts: true,
      }),
      subscribed: (await client.resubscribeTask({ id, tenant: '' }).next()).value as unknown,
      canceled: await client.cancelTask({ id, tenant: '', metadata: {} }),
    };
    await expect.poll(() => hook.seen.length).toBeGreaterThan(1);
    for (const [where, what] of Object.entries({ ...shown, hook: hook.seen })) {
      const text = JSON.stringify(what);
      expect(text, where).not.toMatch(said);
      expect(text, where).toContain('x402.payment.receipts');
      expect(JSON.stringify(historiesIn(JSON.parse(text))), where).not.toContain('SECRET');
    }
    // What is no credential stays.
    const [heard] = shown.got.history;
    expect(heard?.metadata).toEqual({
      'a2a-se': { escrowId: 'esc-1', exchangeUrl: 'http://exchange.test' },
      'x402.payment.status': 'payment-submitted',
      nested: [{ deeper: { kept: 'yes' } }],
      tokens: 12,
      tokenBudget: 99,
    });
    expect(heard?.parts).toMatchObject([
      { content: { value: { token: 'a word of the question' } }, metadata: { kept: 'yes' } },
    ]);

    for (const secret of ['0', '1', '2', '3', '4', '5', '6', '7', '8']) {
      expect(JSON.stringify(given[0])).toContain(`SECRET-${secret}`);
    }
    const context = new ServerCallContext({ user: new UnauthenticatedUser() });
    const stored = await taskStore.load(id, context);
    expect(JSON.stringify(stored?.history)).not.toContain('SECRET');
  });
});

test('0.3 gets no credential back', async () => {
  const { agent } = await start(TaskState.TASK_STATE_INPUT_REQUIRED);
  const client = await agent.connectLegacy();
  const say = (taskId?: string) => ({
    message: {
      kind: 'message' as const,
      messageId: crypto.randomUUID(),
      role: 'user' as const,
      parts: [{ kind: 'data' as const, data: parts[0]?.content.value ?? {} }],
      metadata,
      ...(taskId !== undefined && { taskId }),
    },
    configuration: { blocking: true },
  });
  const first = await client.sendMessage(say());
  const id = 'id' in first ? first.id : '';
  const again = await client.sendMessage(say(id));
  const streamed: unknown[] = [];
  for await (const event of client.sendMessageStream(say())) streamed.push(event);
  const shown = [first, again, streamed, await client.getTask({ id })];
  expect(JSON.stringify(shown)).not.toMatch(said);
  expect(JSON.stringify(await client.getTask({ id }))).toContain('esc-1');
});

test('an answer that is a message shows no payment', async () => {
  const work = answering();
  const agent = await serveAgent({
    ...work,
    async execute({ userMessage: heard }, bus) {
      bus.publish({ kind: 'message', data: { ...heard, role: Role.ROLE_AGENT } });
      bus.finished();
    },
  });
  closing.push(agent.close);
  const client = await agent.connect('JSONRPC');
  expect(JSON.stringify(await client.sendMessage(request()))).not.toMatch(said);
});
