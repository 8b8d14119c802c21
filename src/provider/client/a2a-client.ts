import type { A2AProtocolVersion } from './write-request';
import type { A2AEvent, A2APushNotificationConfig, A2ASendRequest } from './a2a-event';

export interface A2ARequestOptions {
  headers: Record<string, string>;
  /** Extension URIs to activate, by the header that the protocol version has for it. */
  extensions?: readonly string[] | undefined;
  /** What goes along besides, by name: kept out of messages. */
  secrets?: (() => [string, string][]) | undefined;
  signal?: AbortSignal | undefined;
}

export type A2ATaskEvent = Extract<A2AEvent, { type: 'task' }>;

/** What answers a message that is not streamed. */
export type A2AResult = Extract<A2AEvent, { type: 'task' | 'message' }>;

/** A stream of events, those that came in one read together. Nothing is sent before the first `next`. */
export type A2AEvents = Required<Pick<AsyncIterator<A2AEvent[], undefined>, 'next' | 'return'>> &
  AsyncIterable<A2AEvent[]>;

/**
 * What one generation asks of an agent.
 *
 * Each throws A2AProtocolError where the agent cannot be reached, answers with an error, or breaks the
 * protocol, and the signal's reason where that is aborted.
 */
export interface A2AClient {
  /** The protocol version that the agent takes requests in, as far as is known. */
  readonly version: A2AProtocolVersion;
  send(request: A2ASendRequest, options: A2ARequestOptions): Promise<A2AResult>;
  stream(request: A2ASendRequest, options: A2ARequestOptions): A2AEvents;
  /** Listens to a task that was begun before. */
  subscribe(taskId: string, options: A2ARequestOptions): A2AEvents;
  getTask(taskId: string, options: A2ARequestOptions): Promise<A2ATaskEvent>;
  cancelTask(taskId: string, options: A2ARequestOptions): Promise<A2ATaskEvent>;
  setPushNotification(
    taskId: string,
    config: A2APushNotificationConfig,
    options: A2ARequestOptions,
  ): Promise<void>;
}

/** The values that go along with a request, by name: they are kept out of messages. */
export function sentValues({ headers, secrets }: A2ARequestOptions): [string, string][] {
  return [...Object.entries(headers), ...(secrets?.() ?? [])];
}
