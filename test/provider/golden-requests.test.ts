import { readFileSync, writeFileSync } from 'node:fs';
import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import { expect, test } from 'vitest';
import * as z from 'zod/v4';
import { createA2A } from '../../src/provider/a2a-provider';
import type { A2ALanguageModelOptions } from '../../src/provider/message/a2a-language-model-options';
import { agentCard, agentUrl, card03, sse } from './scripted-agent';

/**
 * Every request that the provider makes, in every dialect, byte for byte. `UPDATE_GOLDEN=1` writes what
 * is made now: a difference is argued in the commit that brings it.
 */
const file = new URL('golden/requests.json', import.meta.url);
const golden: Record<string, SentRequest> =
  process.env['UPDATE_GOLDEN'] === '1' ? {} : JSON.parse(readFileSync(file, 'utf8'));

interface SentRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
}

const extended = { streaming: true, pushNotifications: true, extendedAgentCard: true };
const supports = { capabilities: extended };
const dialects = {
  '1.0 JSON-RPC': agentCard({}, supports),
  '1.0 JSON-RPC, tenant': agentCard({ tenant: 'acme' }, supports),
  '1.0 HTTP+JSON': agentCard({ protocolBinding: 'HTTP+JSON' }, supports),
  '1.0 HTTP+JSON, tenant': agentCard({ protocolBinding: 'HTTP+JSON', tenant: 'acme' }, supports),
  '1.0 HTTP+JSON at the root': agentCard(
    { protocolBinding: 'HTTP+JSON', url: `${agentUrl}/` },
    supports,
  ),
  '0.3 JSON-RPC': card03({ ...supports, supportsAuthenticatedExtendedCard: true }),
  '0.3 HTTP+JSON': card03({
    ...supports,
    preferredTransport: 'HTTP+JSON',
    supportsAuthenticatedExtendedCard: true,
  }),
};

const text = (said: string): LanguageModelV4Prompt => [
  { role: 'user', content: [{ type: 'text', text: said }] },
];
const file1 = { type: 'file', mediaType: 'text/plain' } as const;
const everything: LanguageModelV4Prompt = [
  { role: 'system', content: 'Be "brief".' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'Ünïcode 🌍 \u2028 and\nlines' },
      { ...file1, filename: 'a.txt', data: { type: 'data', data: new Uint8Array([1, 2, 255]) } },
      { ...file1, data: { type: 'data', data: 'AQL/' } },
      {
        ...file1,
        filename: 'b.pdf',
        mediaType: 'application/pdf',
        data: { type: 'url', url: new URL('https://files.example.com/b.pdf?x=1') },
      },
      { ...file1, data: { type: 'text', text: 'plain' } },
      ...[{ rows: [1, null] }, [1, 2], 'text', 7, null, {}].map((data) => ({
        type: 'text' as const,
        text: 'data',
        providerOptions: { a2a: { data } },
      })),
    ],
  },
  { role: 'assistant', content: [{ type: 'text', text: 'Yes?' }] },
  { role: 'user', content: [{ type: 'text', text: 'More' }] },
];

const whole: A2ALanguageModelOptions = {
  contextId: 'context-1',
  taskId: 'task-1',
  metadata: { nested: { list: [1, 'two', null, true] } },
  extensions: ['urn:example:a', 'urn:example:b'],
  history: 'transcript',
  skill: 'poem',
};
const push = {
  url: 'https://hooks.example.com/a2a?b=c',
  token: 'push-token',
  authentication: { scheme: 'Bearer', credentials: 'push-credentials' },
};

type Model = ReturnType<ReturnType<typeof createA2A>>;
const a2a = (options: A2ALanguageModelOptions) => ({ providerOptions: { a2a: options } });

/** Each makes the requests of one operation. */
const operations: Record<string, (model: Model) => Promise<unknown>> = {
  'send a text': (model) => settled(model.doGenerate({ prompt: text('Hi') })),
  'send everything': (model) =>
    settled(model.doGenerate({ prompt: everything, ...a2a(whole), headers: { 'x-call': '1' } })),
  'send for JSON': (model) =>
    settled(model.doGenerate({ prompt: text('Hi'), responseFormat: { type: 'json' } })),
  'send and return': (model) =>
    settled(
      model.doGenerate({
        prompt: text('Hi'),
        ...a2a({ returnImmediately: true, pushNotification: push }),
      }),
    ),
  'send with the least webhook': (model) =>
    settled(
      model.doGenerate({
        prompt: text('Hi'),
        ...a2a({ pushNotification: { url: push.url } }),
      }),
    ),
  'stream a text': (model) => streamed(model.doStream({ prompt: text('Hi') })),
  'stream everything': (model) =>
    streamed(model.doStream({ prompt: everything, ...a2a({ ...whole, pushNotification: push }) })),
  'get a task': (model) => settled(model.task('task/1 ü')),
  'cancel a task': (model) => model.cancelTask('task/1 ü', { headers: { 'x-call': '1' } }),
  'resume a task': (model) =>
    streamed(
      model.doStream({
        prompt: [],
        ...a2a({ resume: { taskId: 'task/1 ü' }, pushNotification: push }),
      }),
    ),
  'ask for the extended card': (model) => model.agentCard(),
};

test.each(
  Object.entries(dialects).flatMap(([dialect, card]) =>
    Object.entries(operations).map(([operation, run]) => ({ dialect, card, operation, run })),
  ),
)('$dialect: $operation', async ({ dialect, card, operation, run }) => {
  const sent: SentRequest[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input);
    const body = typeof init?.body === 'string' ? init.body : null;
    const headers = Object.fromEntries(new Headers(init?.headers));
    // The version of the package.
    headers['user-agent'] &&= headers['user-agent'].replace(/\/\d[^ ]*/, '/x');
    sent.push({ method: init?.method ?? 'GET', url, headers, body });
    if (new URL(url).pathname.endsWith('.json')) return Response.json(card);
    // An agent of 0.3 is listened to again where it cannot be asked.
    const asked = sent.filter((one) => isGet(one)).length;
    if (asked > 1 && isGet(sent.at(-1))) return new Response(null, { status: 500 });
    return answer(url, body, headers['accept'] ?? '', dialect);
  };
  let count = 0;
  const model = createA2A({
    fetch,
    ...(operation === 'ask for the extended card' && { headers: { authorization: 'Bearer k' } }),
    generateId: () => `message-${count++}`,
    polling: { intervalMs: 1, timeoutMs: 20 },
  })(agentUrl);
  await run(model);
  const requests = sent.filter(({ url }) => !url.endsWith('.json'));
  expect(requests).not.toEqual([]);
  for (const [at, request] of distinct(requests).entries()) {
    const key = `${dialect}: ${operation} ${at}`;
    if (process.env['UPDATE_GOLDEN'] === '1') golden[key] = request;
    expect(request, key).toEqual(golden[key]);
  }
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(file, `${JSON.stringify(golden, null, 2)}\n`);
  }
});

/** What ends a stream or a message well, and leaves a task at work, in the dialect. */
function answer(url: string, body: string | null, accept: string, dialect: string): Response {
  const isNew = dialect.startsWith('1.0');
  const isRest = dialect.includes('HTTP');
  const asked = isRest
    ? url
    : z.object({ method: z.string() }).parse(JSON.parse(body ?? '')).method;
  const isStream = accept.includes('event-stream');
  const isAsked = /GetTask$|CancelTask$|tasks\/(?:get|cancel)$|\/tasks\/[^/]+$/.test(asked);
  const state = isAsked ? 'working' : 'completed';
  const status = { state: isNew || isRest ? `TASK_STATE_${state.toUpperCase()}` : state };
  const task = { id: 'task/1 ü', contextId: 'context-1', status, ...(!isNew && { kind: 'task' }) };
  const config = { url: 'https://hooks.example.com/' };
  const set = isNew
    ? { id: 'p', taskId: 'task/1 ü', ...config }
    : isRest
      ? { name: 'tasks/task/1 ü/pushNotificationConfigs/p', pushNotificationConfig: config }
      : { taskId: 'task/1 ü', pushNotificationConfig: config };
  const isWrapped = (isNew || isRest) && !isAsked;
  const value = /push/i.test(asked) ? set : isWrapped ? { task } : task;
  const id: unknown = isRest ? undefined : JSON.parse(body ?? '{}').id;
  const said = isRest ? value : { jsonrpc: '2.0', id, result: value };
  return isStream ? sse([said]) : Response.json(said);
}

/** Each request once: how often a task is asked for is a matter of time. */
function distinct(requests: SentRequest[]): SentRequest[] {
  const withoutId = ({ body, ...one }: SentRequest) =>
    JSON.stringify([one, body?.replace(/"id":"message-\d+"/, '')]);
  const seen = new Set<string>();
  return requests.filter((one) => {
    const key = withoutId(one);
    return !seen.has(key) && seen.add(key);
  });
}

/** Asks for a task. */
function isGet(request: SentRequest | undefined): boolean {
  if (request === undefined) return false;
  if (request.body !== null) return /"method":"(?:GetTask|tasks\/get)"/.test(request.body);
  return request.method === 'GET' && /\/tasks\/[^/:]+$/.test(request.url);
}

async function settled(call: PromiseLike<unknown>): Promise<void> {
  // What an agent of this kind answers is no matter here.
  await Promise.resolve(call).catch(() => {});
}

async function streamed(call: PromiseLike<{ stream: ReadableStream }>): Promise<void> {
  try {
    const reader = (await call).stream.getReader();
    while (!(await reader.read()).done);
  } catch {
    // See above.
  }
}
