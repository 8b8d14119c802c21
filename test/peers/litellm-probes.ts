import { isJson, type Json } from './litellm-gateway-wire';

/** What every LiteLLM gateway is asked, the real one and its imitation, to see that both say the same. */
export interface Probe {
  /** What it is about. */
  about: string;
  agent?: string;
  /** The method of JSON-RPC; without one, the path below the agent or the gateway is read. */
  method?: string;
  path?: string;
  params?: Json;
  headers?: Record<string, string>;
  id?: unknown;
  /** Default `2.0`. */
  jsonrpc?: string;
}

/** As much of an answer as does not change from one time to the next. */
export interface ProbedAnswer {
  status: number;
  contentType: string;
  body: string;
}

const message = (text: string, more: Json = {}): Json => ({
  message: {
    kind: 'message',
    role: 'user',
    messageId: 'm-1',
    parts: [{ kind: 'text', text }],
    ...more,
  },
});

const message10 = (text: string): Json => ({
  message: { role: 'ROLE_USER', messageId: 'm-1', parts: [{ text }] },
});

const of10 = { 'a2a-version': '1.0' };

export const probes: Probe[] = [
  { about: 'the card', path: '/.well-known/agent-card.json' },
  { about: 'the card at its older place', path: '/.well-known/agent.json' },
  { about: 'the card in 1.0', path: '/.well-known/agent-card.json', headers: of10 },
  { about: 'a card of nobody', agent: 'nobody', path: '/.well-known/agent-card.json' },
  { about: 'send', method: 'message/send', params: message('completes') },
  {
    about: 'send, with a number for an id',
    method: 'message/send',
    params: message('completes'),
    id: 7,
  },
  { about: 'send in 1.0', method: 'SendMessage', params: message10('completes'), headers: of10 },
  {
    about: 'send in 1.0, without the header',
    method: 'SendMessage',
    params: message10('completes'),
  },
  { about: 'a bare message', method: 'message/send', params: message('bare message') },
  { about: 'a task that fails', method: 'message/send', params: message('fails') },
  { about: 'a question', method: 'message/send', params: message('input-required') },
  {
    about: 'files and data',
    method: 'message/send',
    params: message('completes with files and data'),
  },
  {
    about: 'files and data in 1.0',
    method: 'SendMessage',
    params: message10('completes with files and data'),
    headers: of10,
  },
  { about: 'stream', method: 'message/stream', params: message('completes') },
  {
    about: 'stream in 1.0',
    method: 'SendStreamingMessage',
    params: message10('completes'),
    headers: of10,
  },
  { about: 'a stream that fails', method: 'message/stream', params: message('fails') },
  {
    about: 'a message without its kind',
    method: 'message/send',
    params: message('completes', { kind: undefined }),
  },
  {
    about: 'a context that is named',
    method: 'message/send',
    params: message('completes', { contextId: 'c-1' }),
    headers: { 'x-litellm-trace-id': 't-1' },
  },
  {
    about: 'a message without an id',
    method: 'message/send',
    params: message('completes', { messageId: undefined }),
  },
  {
    about: 'a stream without an id',
    method: 'message/stream',
    params: message('completes', { messageId: undefined }),
  },
  { about: 'a task of nobody', method: 'tasks/get', params: { id: 'nobody' } },
  { about: 'a task of nobody in 1.0', method: 'GetTask', params: { id: 'nobody' }, headers: of10 },
  { about: 'a cancellation of nobody', method: 'tasks/cancel', params: { id: 'nobody' } },
  { about: 'a stream of nobody', method: 'tasks/resubscribe', params: { id: 'nobody' } },
  { about: 'an unknown method', method: 'tasks/bake', params: {} },
  {
    about: 'another JSON-RPC',
    method: 'message/send',
    params: message('completes'),
    jsonrpc: '1.0',
  },
  {
    about: 'an unknown agent',
    agent: 'nobody',
    method: 'message/send',
    params: message('completes'),
  },
  {
    about: 'an unknown agent, streaming',
    agent: 'nobody',
    method: 'message/stream',
    params: message('completes'),
  },
  { about: 'a path that is not there', path: '/message/stream' },
];

/** @param baseURL of the gateway, @param agent the one that is asked where a probe names none. */
export async function probe(
  { agent, headers, id = '1', jsonrpc = '2.0', method, params, path = '' }: Probe,
  gateway: { baseURL: string; key: string; agent: string },
): Promise<ProbedAnswer> {
  const response = await fetch(`${gateway.baseURL}/a2a/${agent ?? gateway.agent}${path}`, {
    method: method === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${gateway.key}`,
      ...(method !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(method !== undefined && { body: JSON.stringify({ jsonrpc, id, method, params }) }),
  });
  const contentType = response.headers.get('content-type')?.split(';')[0] ?? '';
  const text = await response.text();
  return { status: response.status, contentType, body: withoutChance(text) };
}

/** Ids, times and addresses by their kind, and the keys of each object in one order. */
function withoutChance(text: string): string {
  return (
    text
      .split('\n')
      .filter((one) => one !== '')
      .map((one) => {
        const [, before = '', json = ''] = /^((?:data: )?)(.*)$/.exec(one) ?? [];
        return before + inOrder(json);
      })
      .join('\n')
      .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<id>')
      .replaceAll(/[\da-f]{32,64}/g, '<id>')
      // Both run Pydantic's checks, of which one is imitated.
      .replaceAll(
        /(?<="message":")Internal error: (?:1 validation error|Error: id:)[^"]*/g,
        '<id is no string>',
      )
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)/g, '<time>')
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, '<origin>')
  );
}

function inOrder(json: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(json)));
  } catch {
    return json;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
