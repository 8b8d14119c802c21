import type { FetchFunction } from '@ai-sdk/provider-utils';
import { createA2A } from '../../src/provider/a2a-provider';
import type { A2AProviderSettings } from '../../src/provider/a2a-provider-settings';

export const agentUrl = 'https://agent.example.com';

/** A request that the scripted agent got. */
export interface Call {
  url: string;
  path: string;
  method: string;
  headers: Headers;
  body: string;
  /** The JSON-RPC method; for HTTP+JSON what follows the last slash. */
  rpc: string;
  id: unknown;
  /** The message in the request. */
  message: SentMessage;
  signal: AbortSignal | undefined;
}

/** A message as any of the dialects writes it. */
interface SentMessage {
  [key: string]: unknown;
  parts: Record<string, unknown>[];
}

type Answer = (call: Call) => Response | Promise<Response>;

/**
 * An agent that is nothing but a `fetch`: what it answers is written down byte for byte, and what it
 * was asked is kept. Each call that is not for the card takes the next of the answers; the last stays.
 */
export function scriptedAgent(
  answers: Answer | Answer[],
  { card = agentCard() as object, ...settings }: { card?: object } & A2AProviderSettings = {},
) {
  const calls: Call[] = [];
  const script = [answers].flat();
  const fetch: FetchFunction = async (input, init) => {
    const call = toCall(String(input), init);
    init?.signal?.throwIfAborted();
    calls.push(call);
    if (call.path.endsWith('.json')) return Response.json(card);
    const asked = calls.filter(({ path }) => !path.endsWith('.json')).length - 1;
    const answer = script[Math.min(asked, script.length - 1)];
    if (answer === undefined) throw new Error('no answer');
    return abortable(answer(call), init?.signal ?? undefined);
  };
  const a2a = createA2A({ fetch, polling: { intervalMs: 1, timeoutMs: 60_000 }, ...settings });
  return {
    a2a,
    model: a2a(agentUrl),
    fetch,
    calls,
    cards: () => calls.filter(({ path }) => path.endsWith('.json')),
    /** All but the card's. */
    requests: () => calls.filter(({ path }) => !path.endsWith('.json')),
  };
}

export function agentCard(
  declared: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    name: 'Scripted',
    description: '',
    version: '1',
    supportedInterfaces: [
      { url: `${agentUrl}/rpc`, protocolBinding: 'JSONRPC', protocolVersion: '1.0', ...declared },
    ],
    capabilities: { streaming: true },
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
    ...more,
  };
}

export function card03(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    protocolVersion: '0.3.0',
    name: 'Scripted',
    description: '',
    version: '1',
    url: `${agentUrl}/rpc`,
    preferredTransport: 'JSONRPC',
    capabilities: { streaming: true },
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
    ...more,
  };
}

/** The card of an agent for each protocol version over each transport. */
export const cardsOfAll = {
  '1.0 JSON-RPC': agentCard(),
  '1.0 HTTP+JSON': agentCard({ protocolBinding: 'HTTP+JSON' }),
  '0.3 JSON-RPC': card03(),
  '0.3 HTTP+JSON': card03({ preferredTransport: 'HTTP+JSON' }),
};

/** For answers that are wanted before anybody asks. */
export const blankCall: Call = {
  url: '',
  path: '',
  method: '',
  headers: new Headers(),
  body: '',
  rpc: '',
  id: null,
  message: { parts: [] },
  signal: undefined,
};

/** Answers one JSON-RPC result. */
export function result(value: unknown): (call: Call) => Response {
  return ({ id }) => Response.json({ jsonrpc: '2.0', id, result: value });
}

/** Answers a stream of JSON-RPC results. */
export function results(...values: unknown[]): (call: Call) => Response {
  return ({ id }) => sse(values.map((value) => ({ jsonrpc: '2.0', id, result: value })));
}

/** Answers a stream of JSON-RPC results, each in a network read of its own. */
export function resultsOneByOne(...values: unknown[]): (call: Call) => Response {
  return ({ id }) => {
    const left = values.map((value) => JSON.stringify({ jsonrpc: '2.0', id, result: value }));
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const frame = left.shift();
        if (frame === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(`data: ${frame}\n\n`));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
}

/** Answers a stream to a streaming call, and to a blocking one what the stream comes to. */
export function resultsOrTask(values: unknown[], whole: unknown): (call: Call) => Response {
  return (call) => (/stream/i.test(call.rpc) ? results(...values)(call) : result(whole)(call));
}

export function sse(frames: unknown[]): Response {
  return rawSse(frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join(''));
}

export function rawSse(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
}

/** Never answers; ends with the caller's signal. */
export function silence(): Promise<Response> {
  return new Promise(() => {});
}

/** A stream that stays open behind its frames. */
export function openSse(frames: unknown[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const frame of frames) {
        controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(frame)}\n\n`));
      }
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

interface TaskDetails {
  artifacts?: unknown[];
  said?: string;
  status?: object;
  history?: unknown[];
  metadata?: unknown;
}

/** What a 1.0 agent says, in few words. */
export const say = {
  message: (text: string) => ({
    message: { messageId: 'm-1', contextId: 'c-1', role: 'ROLE_AGENT', parts: [{ text }] },
  }),
  task: (state: string, { artifacts = [], said, ...more }: TaskDetails = {}) => ({
    task: {
      id: 't-1',
      contextId: 'c-1',
      status: {
        state: `TASK_STATE_${state}`,
        ...(said !== undefined && { message: words(said) }),
      },
      artifacts,
      ...more,
    },
  }),
  status: (state: string, said?: string, more: object = {}) => ({
    statusUpdate: {
      taskId: 't-1',
      contextId: 'c-1',
      status: {
        state: `TASK_STATE_${state}`,
        ...(said !== undefined && { message: words(said) }),
      },
      ...more,
    },
  }),
  artifact: (artifactId: string, parts: object[] | string, append = false) => ({
    artifactUpdate: {
      taskId: 't-1',
      contextId: 'c-1',
      artifact: { artifactId, parts: typeof parts === 'string' ? [{ text: parts }] : parts },
      append,
    },
  }),
};

export function words(text: string, messageId = `m-${text}`) {
  return { messageId, role: 'ROLE_AGENT', parts: [{ text }] };
}

export function artifact(artifactId: string, ...parts: (object | string)[]) {
  return {
    artifactId,
    parts: parts.map((part) => (typeof part === 'string' ? { text: part } : part)),
  };
}

function toCall(url: string, init: RequestInit | undefined): Call {
  const body = typeof init?.body === 'string' ? init.body : '';
  const json = body === '' ? {} : JSON.parse(body);
  const { pathname } = new URL(url);
  return {
    url,
    path: pathname,
    method: init?.method ?? 'GET',
    headers: new Headers(init?.headers),
    body,
    rpc: json.method ?? pathname.split('/').at(-1),
    id: json.id,
    message: json.params?.message ?? json.message ?? json.request,
    signal: init?.signal ?? undefined,
  };
}

async function abortable(
  answer: Response | Promise<Response>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const response = await Promise.race([
    answer,
    new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  ]);
  return response.body === null || signal === undefined
    ? response
    : new Response(response.body.pipeThrough(new TransformStream(), { signal }), response);
}
