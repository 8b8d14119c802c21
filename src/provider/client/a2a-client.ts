import type { A2AProtocolVersion } from './write-request';
import type { A2AEvent, A2AMessage, A2APushNotificationConfig, A2ASendRequest } from './a2a-event';

export interface A2ARequestOptions {
  headers: Record<string, string>;
  /** Extension URIs to activate, sent in the extension header of the protocol version. */
  extensions?: readonly string[] | undefined;
  /** Other values sent with the request, by name, which are redacted from messages. */
  secrets?: (() => [string, string][]) | undefined;
  signal?: AbortSignal | undefined;
  /** Called when a request is sent: from then on the agent may have received it. */
  onSend?: (() => void) | undefined;
}

export type A2ATaskEvent = Extract<A2AEvent, { type: 'task' }>;

/** The response to a message that is not streamed. */
export type A2AResult = Extract<A2AEvent, { type: 'task' | 'message' }>;

/** The data that identifies a task by the message that started it. */
export type A2ASentMessage = Pick<A2AMessage, 'messageId' | 'contextId'>;

/**
 * A stream of events; each item holds the events of one network read. Nothing is sent before the first `next`.
 */
export type A2AEvents = Required<Pick<AsyncIterator<A2AEvent[], undefined>, 'next' | 'return'>> &
  AsyncIterable<A2AEvent[]>;

/**
 * The operations of an agent that a generation uses.
 *
 * Each throws A2AProtocolError if the agent cannot be reached, responds with an error, or violates the
 * protocol, and the signal's reason if the signal is aborted.
 */
export interface A2AClient {
  /** The protocol version of requests to the agent, as far as it is known. */
  readonly version: A2AProtocolVersion;
  /** The URIs of the extensions that the agent's card declares, if its card was read. */
  readonly cardExtensions?: readonly string[] | undefined;
  send(request: A2ASendRequest, options: A2ARequestOptions): Promise<A2AResult>;
  stream(request: A2ASendRequest, options: A2ARequestOptions): A2AEvents;
  /** Subscribes to a task that was started before. */
  subscribe(taskId: string, options: A2ARequestOptions): A2AEvents;
  getTask(taskId: string, options: A2ARequestOptions): Promise<A2ATaskEvent>;
  cancelTask(taskId: string, options: A2ARequestOptions): Promise<A2ATaskEvent>;
  /**
   * The id of the task that a message has started, for a lost response. Undefined if the task is not among the
   * 100 most recently updated ones, if it is not clear which one it is, or if the agent's protocol (0.3) cannot
   * list tasks.
   */
  findTask(sent: A2ASentMessage, options: A2ARequestOptions): Promise<string | undefined>;
  setPushNotification(
    taskId: string,
    config: A2APushNotificationConfig,
    options: A2ARequestOptions,
  ): Promise<void>;
}

/** The values that are sent with the request, by name, which are redacted from messages. */
export function sentValues({ headers, secrets }: A2ARequestOptions): [string, string][] {
  return [...Object.entries(headers), ...(secrets?.() ?? [])];
}
