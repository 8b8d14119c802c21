import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { bridgedEvents, bridgedMessage, bridgedText } from './litellm-gateway-bridge';
import { refusals, type Quirk, type Refusal, type RefusalName } from './litellm-gateway-quirks';
import { eventsOf, shapeEvents } from './litellm-gateway-streams';
import {
  cardTo10,
  isJson,
  paramsTo03,
  resultTo10,
  wireMethods,
  type Json,
} from './litellm-gateway-wire';
import type { SeenRequest } from './peer';

/** What behaves towards callers as a LiteLLM gateway does, in front of a real A2A agent. */
export interface LiteLLMGateway {
  /** Without a trailing slash. */
  url: string;
  key: string;
  seen: SeenRequest[];
  /** The JSON-RPC requests among them. */
  calls: () => (Json & { params: Json })[];
  /** Streams whose reader went away before their end. */
  left: () => number;
  close: () => Promise<void>;
}

const knownMethods = new Set([
  ...wireMethods.values(),
  'tasks/list',
  ...['set', 'get', 'list', 'delete'].map((verb) => `tasks/pushNotificationConfig/${verb}`),
  'agent/getAuthenticatedExtendedCard',
]);

/** The one agent it knows. */
export const gatewayAgent = { id: '0b4c1d5e-6f70-4182-93a4-b5c6d7e8f901', name: 'scraper' };

export async function startLiteLLMGateway({
  upstream,
  quirk,
  refusal,
  card = {},
}: {
  /** A peer that speaks JSON-RPC, and protocol 0.3 among others. */
  upstream: string;
  quirk?: Quirk;
  refusal?: RefusalName;
  /** What the agent's card was registered with. */
  card?: Json;
}): Promise<LiteLLMGateway> {
  const key = 'sk-virtual-key';
  const seen: SeenRequest[] = [];
  const has = (name: Quirk) => quirk === name;
  const pin = has('pinned to 1.0') ? '1.0' : has('pinned to 0.3') ? '0.3' : undefined;
  let isFirst = true;
  let leftStreams = 0;
  let url = '';

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else send(response, 500, rpcError(null, -32603, `Internal error: ${String(error)}`));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    key,
    seen,
    calls: () => seen.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body)),
    left: () => leftStreams,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method = 'GET', url: path = '/' } = request;
    const body = await readText(request);
    if (has('sets cookies')) {
      response.setHeader('set-cookie', 'session=of-someone; Path=/');
      if (headers.cookie !== undefined) throw new Error('That cookie is another caller’s.');
    }
    seen.push({ method, path, headers, body });
    const given = headers['x-litellm-api-key'] ?? headers.authorization;
    if (given !== `Bearer ${key}`) return refuse(response, refusals['wrong key']);
    const [, agent, rest] = /^\/a2a\/([^/?]+)(\/[^?]*)?/.exec(path) ?? [];
    if (path.startsWith('/v1/agents')) return send(response, 200, [registered()]);
    const isKnown = [gatewayAgent.id, gatewayAgent.name].includes(decodeURIComponent(agent ?? ''));
    if (rest?.startsWith('/.well-known/') === true) {
      if (!isKnown) return send(response, 404, { detail: `Agent '${agent}' not found` });
      return has('no card')
        ? send(response, 404, { detail: `Agent '${agent}' has no agent card configured` })
        : send(response, 200, servedCard(String(headers['a2a-version'])));
    }
    if (method !== 'POST' || agent === undefined || rest !== undefined) {
      return send(response, 404, { detail: 'Not Found' });
    }
    const isUnknown = !isKnown || (has('agent unknown at first') && isFirst);
    isFirst = false;
    const rpc: Json = JSON.parse(body);
    if (isUnknown) {
      return send(response, 404, rpcError(rpc['id'], -32000, `Agent '${agent}' not found`));
    }
    return call(rpc, headers, response);
  }

  async function call(
    rpc: Json,
    headers: IncomingMessage['headers'],
    response: ServerResponse,
  ): Promise<void> {
    const { id, method: asked } = rpc;
    const isPascal = wireMethods.has(String(asked));
    const method = wireMethods.get(String(asked)) ?? String(asked);
    const isStream = method === 'message/stream' || method === 'tasks/resubscribe';
    const params = isJson(rpc['params']) ? rpc['params'] : {};
    const is10 = (pin ?? (isPascal || headers['a2a-version'] === '1.0' ? '1.0' : '0.3')) === '1.0';
    if (refusal !== undefined) return refuse(response, refusals[refusal], { id, isStream });
    const trace = headers['x-litellm-trace-id'] ?? headers['x-litellm-session-id'];
    if (rpc['jsonrpc'] !== '2.0') {
      const message = "Invalid Request: jsonrpc must be '2.0'";
      return send(response, 400, rpcError(id, -32600, message));
    }
    if (!knownMethods.has(method)) {
      return send(response, 400, rpcError(id, -32601, `Method '${method}' not found`));
    }
    if (has('demands a trace id') && trace === undefined) {
      const demand = 'requires x-litellm-trace-id header on all inbound requests.';
      return send(response, 400, { detail: `Agent '${gatewayAgent.id}' ${demand}` });
    }
    if (has('string ids only') && typeof id !== 'string') {
      return send(
        response,
        500,
        rpcError(id, -32603, 'Internal error: Error: id: must be a string'),
      );
    }
    if (has('refuses null') && /[:[,]null\b/.test(JSON.stringify(params))) {
      return send(response, 400, rpcError(id, -32602, 'Invalid params: null'));
    }
    const sent = isPascal ? paramsTo03(params) : params;
    const message = isJson(sent['message']) ? sent['message'] : {};
    if (has('demands kind') && 'message' in params && !('kind' in message)) throw new Error('kind');
    if (method.startsWith('message/')) message['kind'] = 'message';
    if (has('moves params')) delete sent['metadata'];
    if (has('trace id becomes contextId') && method === 'message/send')
      message['contextId'] = trace;
    const { contextId } = message;
    if (has('demands a long contextId') && method.startsWith('message/')) {
      if (typeof contextId !== 'string' || contextId.length < 33) throw new Error('session id');
    }
    if (has('tasks cannot be asked for') && method.startsWith('tasks/')) {
      return send(response, 400, rpcError(id, -32601, `Method '${method}' not found`));
    }
    if (has('no streaming behind it') && isStream) {
      const error = rpcError(id, -32603, 'Streaming error: Method not found');
      return stream(response, [error]);
    }

    const wrap = (result: Json, count: number, isBare = false) => ({
      jsonrpc: '2.0',
      id,
      result:
        is10 || (has('schemas mixed') && count % 2 === 1) ? resultTo10(result, { isBare }) : result,
    });
    if (has('bridge to a model')) {
      if (method === 'message/send') {
        try {
          return send(response, 200, wrap(bridgedMessage(bridgedText(sent)), 0));
        } catch (error) {
          const message = `litellm.BadRequestError: OpenAIException - ${error instanceof Error ? error.message : ''}`;
          return send(response, 400, rpcError(id, -32602, message));
        }
      }
      return isStream
        ? stream(response, wrapped(bridgedEvents(sent, id), wrap))
        : send(response, 400, rpcError(id, -32000, 'Agent has no URL to forward to'));
    }
    const upstreamAnswer = await fetch(upstream, {
      method: 'POST',
      headers: forAgent(headers, { isStream }),
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: method.startsWith('message/') ? crypto.randomUUID() : id,
        method,
        params: sent,
      }),
    });
    if (upstreamAnswer.headers.get('content-type')?.includes('event-stream') === true) {
      const fail = (event: Json): Json =>
        method === 'message/stream'
          ? rpcError(id, -32603, `${streamError} ${JSON.stringify(event)}`)
          : { ...event, id };
      return stream(response, wrapped(eventsOf(upstreamAnswer), wrap, fail), upstreamAnswer);
    }
    const said: unknown = await upstreamAnswer.json();
    const result = isJson(said) ? said['result'] : undefined;
    if (!isJson(result)) {
      const error = isJson(said) ? { ...said, id } : {};
      if (method !== 'message/send') return send(response, 200, error);
      const message = `Internal error: litellm.A2AError: ${messageOf(error)}`;
      return send(response, 500, rpcError(id, -32603, message));
    }
    return send(response, 200, wrap(result, 1, method.startsWith('tasks/')));
  }

  /** Static headers win; of the caller's, only those go on that name the agent. */
  function forAgent(
    headers: IncomingMessage['headers'],
    { isStream }: { isStream: boolean },
  ): Record<string, string> {
    const passed: Record<string, string> = {};
    for (const alias of [gatewayAgent.id, gatewayAgent.name]) {
      const prefix = `x-a2a-${alias}-`;
      for (const [name, value] of Object.entries(headers)) {
        if (name.startsWith(prefix)) passed[name.slice(prefix.length)] = String(value);
      }
    }
    return {
      ...passed,
      'content-type': 'application/json',
      accept: isStream ? 'text/event-stream' : 'application/json',
      'x-static': 'of the gateway',
      ...(headers['x-litellm-trace-id'] !== undefined && {
        'x-litellm-trace-id': String(headers['x-litellm-trace-id']),
      }),
    };
  }

  async function stream(
    response: ServerResponse,
    events: Iterable<Json> | AsyncIterable<Json>,
    upstreamAnswer?: Response,
  ): Promise<void> {
    let isLeft = false;
    response.on('close', () => {
      if (response.writableFinished) return;
      isLeft = true;
      leftStreams++;
      void upstreamAnswer?.body?.cancel().catch(() => {});
    });
    if (has('one JSON object to a stream')) {
      let last: Json = {};
      for await (const event of events) last = event;
      return isLeft ? undefined : wholeTask(response, last);
    }
    const isLines = has('NDJSON streams');
    response.writeHead(200, {
      'content-type': isLines ? 'application/x-ndjson' : 'text/event-stream',
    });
    for await (const event of shapeEvents(events, quirk)) {
      if (has('comments and [DONE]')) response.write(': ping\n\n');
      response.write(isLines ? `${JSON.stringify(event)}\n` : `data: ${JSON.stringify(event)}\n\n`);
    }
    if (has('comments and [DONE]')) response.write('data: [DONE]\n\n');
    if (!has('stream stays open after the task')) response.end();
  }

  /** AgentCore answers the task as it ended. */
  async function wholeTask(response: ServerResponse, { id, result }: Json): Promise<void> {
    const { taskId } = isJson(result) ? result : {};
    const asked = await fetch(upstream, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tasks/get', params: { id: taskId } }),
    });
    send(response, 200, await asked.json());
  }

  function registered(): Json {
    return {
      agent_id: gatewayAgent.id,
      agent_name: gatewayAgent.name,
      agent_card_params: { ...servedCard('0.3'), url: upstream },
      litellm_params: { is_public: false },
      spend: 0,
    };
  }

  /** As it stands in config.yaml; only the address is the gateway's. */
  function servedCard(asked: string | undefined): Json {
    const at = has('card names another address')
      ? 'http://gateway.internal:4000/a2a/scraper'
      : `${url}/a2a/scraper`;
    const registered: Json = {
      name: gatewayAgent.name,
      description: 'A test agent',
      version: '1.0.0',
      defaultInputModes: ['text/plain'],
      defaultOutputModes: ['text/plain'],
      skills: [{ id: 'chat', name: 'Chat', description: 'Talks.', tags: [] }],
      ...(pin !== undefined && { protocolVersion: pin }),
      ...card,
      // An agent that is registered by the API of the gateway keeps no other, whatever it asks to be paid.
      capabilities: { streaming: true },
    };
    if (has('card says 1.0, wire is 0.3')) {
      const interfaces = [{ url: at, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }];
      return { ...registered, protocolVersion: '1.0', url: at, supportedInterfaces: interfaces };
    }
    const served = pin ?? asked;
    return served === '1.0' ? cardTo10(registered, at) : { ...registered, url: at };
  }
}

async function* wrapped(
  results: Iterable<Json> | AsyncIterable<Json>,
  wrap: (result: Json, count: number) => Json,
  fail: (event: Json) => Json = (event) => event,
): AsyncGenerator<Json> {
  let count = 0;
  for await (const result of results)
    yield 'error' in result ? fail(result) : wrap(result, count++);
}

const streamError = 'litellm.A2AError: SSE stream error event received:';

function messageOf({ error }: Json): string {
  return isJson(error) ? String(error['message']) : '';
}

function refuse(
  response: ServerResponse,
  { status, body, inStream = false }: Refusal,
  { id = '1', isStream = false }: { id?: unknown; isStream?: boolean } = {},
): void {
  if (typeof body === 'string') {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end(body);
    return;
  }
  const said = 'jsonrpc' in body ? { ...body, id } : body;
  if (!isStream || !inStream) return send(response, status, said);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`data: ${JSON.stringify(said)}\n\n`);
}

function rpcError(id: unknown, code: number, message: string): Json {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
