import { expect } from 'vitest';
import * as z from 'zod/v4';
import { type Answered, answeredTask, type StreamEvent, streamEvent } from './tck-shapes';

export type Binding = 'JSONRPC' | 'HTTP+JSON';
export const bindings = ['JSONRPC', 'HTTP+JSON'] as const;

type Params = Record<string, unknown>;

/** What each operation is over HTTP+JSON (A2A 1.0, section 11.3). Over JSON-RPC it is a method of its name. */
const routes = {
  SendMessage: () => ['POST', 'message:send'],
  SendStreamingMessage: () => ['POST', 'message:stream'],
  GetTask: ({ id }) => ['GET', `tasks/${String(id)}`],
  ListTasks: () => ['GET', 'tasks'],
  CancelTask: ({ id }) => ['POST', `tasks/${String(id)}:cancel`],
  SubscribeToTask: ({ id }) => ['POST', `tasks/${String(id)}:subscribe`],
  CreateTaskPushNotificationConfig: ({ taskId }) => [
    'POST',
    `tasks/${String(taskId)}/pushNotificationConfigs`,
  ],
  GetTaskPushNotificationConfig: ({ taskId, id }) => [
    'GET',
    `tasks/${String(taskId)}/pushNotificationConfigs/${String(id)}`,
  ],
  ListTaskPushNotificationConfigs: ({ taskId }) => [
    'GET',
    `tasks/${String(taskId)}/pushNotificationConfigs`,
  ],
  DeleteTaskPushNotificationConfig: ({ taskId, id }) => [
    'DELETE',
    `tasks/${String(taskId)}/pushNotificationConfigs/${String(id)}`,
  ],
  GetExtendedAgentCard: () => ['GET', 'extendedAgentCard'],
} satisfies Record<string, (params: Params) => [method: string, path: string]>;

export type Operation = keyof typeof routes;

/** Errors of A2A: the code of JSON-RPC, the status of HTTP (section 5.4). */
const errors = {
  TASK_NOT_FOUND: [-32001, 404],
  TASK_NOT_CANCELABLE: [-32002, 409],
  PUSH_NOTIFICATION_NOT_SUPPORTED: [-32003, 400],
  UNSUPPORTED_OPERATION: [-32004, 400],
  CONTENT_TYPE_NOT_SUPPORTED: [-32005, 415],
  EXTENDED_AGENT_CARD_NOT_CONFIGURED: [-32007, 400],
  EXTENSION_SUPPORT_REQUIRED: [-32008, 400],
  VERSION_NOT_SUPPORTED: [-32009, 400],
} as const;

export type Failure = keyof typeof errors | 'INVALID_PARAMS';

const info = z.looseObject({
  '@type': z.literal('type.googleapis.com/google.rpc.ErrorInfo'),
  reason: z.string(),
  domain: z.literal('a2a-protocol.org'),
});
const rpcAnswer = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: z.literal('tck'),
  result: z.unknown().optional(),
  error: z
    .strictObject({ code: z.int(), message: z.string().min(1), data: z.array(info).optional() })
    .optional(),
});
const restError = z.strictObject({
  error: z.strictObject({
    code: z.int(),
    status: z.string().regex(/^[A-Z_]+$/),
    message: z.string().min(1),
    details: z.array(info).optional(),
  }),
});

/** Speaks A2A 1.0 without any SDK, so that what goes over the wire is what is looked at. */
export class TckClient {
  constructor(
    readonly url: string,
    readonly binding: Binding,
    private readonly headers: Record<string, string> = {},
  ) {}

  request(operation: Operation, params: Params = {}, more: Params = {}): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'A2A-Version': '1.0', ...this.headers };
    const init = { headers: { ...headers, ...z.record(z.string(), z.string()).parse(more) } };
    if (this.binding === 'JSONRPC') {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 'tck', method: operation, params });
      return fetch(this.url, { ...init, method: 'POST', body });
    }
    const [method, path] = routes[operation](params);
    if (method === 'POST') {
      return fetch(this.url + path, { ...init, method, body: JSON.stringify(params) });
    }
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(params)) {
      if (name !== 'id' && name !== 'taskId') query.set(name, String(value));
    }
    return fetch(`${this.url}${path}?${query}`, { ...init, method });
  }

  /** What an operation answers that succeeds. */
  async call(operation: Operation, params: Params = {}, headers: Params = {}): Promise<unknown> {
    const response = await this.request(operation, params, headers);
    const text = await response.text();
    expect(response.ok, text).toBe(true);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    if (this.binding === 'HTTP+JSON') return body;
    const { error, result } = rpcAnswer.parse(body);
    expect(error).toBeUndefined();
    return result;
  }

  /** Sends a message that plays a scenario. */
  async send(scenario: string, message: Params = {}, params: Params = {}): Promise<Answered> {
    const sent = { message: tckMessage(scenario, message), ...params };
    return answeredTask.parse(await this.call('SendMessage', sent));
  }

  async expectFailure(
    expected: Failure,
    operation: Operation,
    params: Params = {},
    headers: Params = {},
  ): Promise<void> {
    await this.expectFailed(expected, await this.request(operation, params, headers));
  }

  async expectFailed(expected: Failure, response: Response): Promise<void> {
    const body: unknown = await response.json();
    expect(response.headers.get('content-type')).toBe('application/json');
    const [code, status] = expected === 'INVALID_PARAMS' ? [-32602, 400] : errors[expected];
    const isRpc = this.binding === 'JSONRPC';
    // Of a body that was not read, nobody knows the id.
    const rpcError =
      expected === 'CONTENT_TYPE_NOT_SUPPORTED' ? rpcAnswer.extend({ id: z.null() }) : rpcAnswer;
    const { error } = isRpc ? rpcError.parse(body) : restError.parse(body);
    expect(error).toMatchObject({ code: isRpc ? code : status });
    expect(response.status).toBe(isRpc ? 200 : status);
    if (expected !== 'INVALID_PARAMS') {
      const details = error !== undefined && 'details' in error ? error.details : undefined;
      const data = error !== undefined && 'data' in error ? error.data : undefined;
      expect(details ?? data).toEqual([expect.objectContaining({ reason: expected })]);
    }
  }

  /** The events of a stream, each as soon as it is there. Ends with the stream. */
  async *stream(operation: Operation, params: Params): AsyncGenerator<StreamEvent, void> {
    const response = await this.request(operation, params);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) {
        const data = JSON.parse(frame.replace(/^data: /, ''));
        yield streamEvent.parse(this.binding === 'JSONRPC' ? rpcAnswer.parse(data).result : data);
      }
    }
    expect(text).toBe('');
  }

  sendStreaming(scenario: string, message: Params = {}): AsyncGenerator<StreamEvent, void> {
    return this.stream('SendStreamingMessage', { message: tckMessage(scenario, message) });
  }
}

export function tckMessage(scenario: string, more: Params = {}): Params {
  return {
    messageId: `${scenario}-${crypto.randomUUID()}`,
    role: 'ROLE_USER',
    parts: [{ text: 'A message of the TCK.' }],
    ...more,
  };
}

export async function all(events: AsyncIterable<StreamEvent>): Promise<StreamEvent[]> {
  const list: StreamEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}
