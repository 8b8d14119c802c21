import { isRecord } from '@ai-sdk/provider-utils';
import { A2AProtocolError } from './a2a-error';
import { isRefusedAsEnded } from './is-refused-as-ended';
import { afterAnswer } from './unreachable-error';
import type {
  A2AClient,
  A2AEvents,
  A2ARequestOptions,
  A2AResult,
  A2ASentMessage,
  A2ATaskEvent,
} from './a2a-client';
import type { A2APushNotificationConfig, A2ASendRequest } from './a2a-event';
import { beginLater, type BegunStream } from './begun-stream';
import { asResult, readAnswer } from './read-answer';
import { readEvent } from './read-event';
import { EventReader } from './read-stream';
import { taskOfMessage } from './task-of-message';
import { type A2ALine, type OpenAnswer, sendRequest } from './send-request';
import {
  type A2AInterface,
  type A2AOperation,
  type A2AProtocolVersion,
  isMethod,
  writeRequest,
} from './write-request';

/** Facts about an agent that calls have found, for later calls. */
export interface LearnedProtocol {
  /** The version of its requests, if it differs from the card or there is no card. */
  version?: A2AProtocolVersion;
  /** It has refused a stream: a message that continues a task is not streamed again. */
  refusesStreams?: boolean;
}

interface HttpClientConfig {
  line: A2ALine;
  interface: A2AInterface;
  /** The card's value. */
  streams: boolean;
  version: A2AProtocolVersion;
  cardExtensions?: readonly string[] | undefined;
  /** Whether a request that the agent does not know is sent again in the other version. */
  mayChange: boolean;
  learned: LearnedProtocol;
  /**
   * Generates request ids, all different. LiteLLM logs a stream under its request's id, and drops the later of
   * two logs with one id; its older versions accept only strings.
   */
  generateId: () => string;
}

/** Reads a response in the dialect of its request. */
type Read<T> = (
  answer: OpenAnswer,
  written: { id: string | undefined; wrapsData: boolean },
) => Promise<T>;

/**
 * A client for one call, over JSON-RPC or HTTP+JSON.
 *
 * Uses the protocol version that the card declares, until the agent reports that it does not know the request:
 * then the other version. Cards may be wrong about it (gateways declare 1.0 and implement 0.3), and without a
 * card the version is unknown. An agent that does not know a request has not started to work on it.
 *
 * If an agent does not stream although its card declares it, the message is sent as a blocking one, unless it
 * continues a task: then the agent may have started to work before it refused.
 */
export class HttpClient implements A2AClient {
  private readonly config: HttpClientConfig;
  private streams: boolean;
  version: A2AProtocolVersion;
  readonly cardExtensions: readonly string[] | undefined;
  private mayChange: boolean;

  constructor(config: HttpClientConfig) {
    this.config = config;
    this.streams = config.streams;
    this.version = config.version;
    this.cardExtensions = config.cardExtensions;
    this.mayChange = config.mayChange;
  }

  send(request: A2ASendRequest, options: A2ARequestOptions): Promise<A2AResult> {
    return this.ask({ type: 'send', ...request }, options, async (answer, written) =>
      asResult(await readAnswer(answer, written.id), answer, written),
    );
  }

  getTask(taskId: string, options: A2ARequestOptions): Promise<A2ATaskEvent> {
    return this.ask({ type: 'get', taskId }, options, readTask);
  }

  cancelTask(taskId: string, options: A2ARequestOptions): Promise<A2ATaskEvent> {
    return this.ask({ type: 'cancel', taskId }, options, readTask);
  }

  async findTask(sent: A2ASentMessage, options: A2ARequestOptions): Promise<string | undefined> {
    if (this.version !== '1.0') return undefined;
    const { contextId } = sent;
    const listed = await this.request({ type: 'list', contextId }, options, readAny);
    const { tasks } = isRecord(listed) ? listed : {};
    return taskOfMessage(tasks, sent, (task) => readEvent(task, { wrapsData: false }));
  }

  async setPushNotification(
    taskId: string,
    config: A2APushNotificationConfig,
    options: A2ARequestOptions,
  ): Promise<void> {
    await this.ask({ type: 'push', taskId, config }, options, readAny);
  }

  /** The card for authenticated callers, as published. */
  getExtendedCard(options: A2ARequestOptions): Promise<unknown> {
    return this.ask({ type: 'card' }, options, readAny);
  }

  /** @throws A2AProtocolError, without a request, if the agent does not stream. */
  subscribe(taskId: string, options: A2ARequestOptions): A2AEvents {
    return beginLater(async () => {
      if (this.streams) return this.listen({ type: 'subscribe', taskId }, options);
      const { agent } = this.config.line;
      const message = `The agent "${agent}" does not stream.`;
      throw new A2AProtocolError({ agent, url: this.config.interface.url, message, taskId });
    });
  }

  stream(request: A2ASendRequest, options: A2ARequestOptions): A2AEvents {
    return beginLater(() => this.listenOrSend(request, options));
  }

  private async listenOrSend(
    request: A2ASendRequest,
    options: A2ARequestOptions,
  ): Promise<BegunStream> {
    const { learned } = this.config;
    const { mayChange, version } = this;
    const continuesTask = request.message.taskId !== '';
    const isStreamed = this.streams && !(continuesTask && learned.refusesStreams === true);
    if (isStreamed) {
      try {
        return await this.listen({ type: 'stream', ...request }, options);
      } catch (error) {
        const isRefused = isRefusedStream(error);
        if (!this.isUnknown(error) && !isRefused) throw error;
        if (isRefused) learned.refusesStreams = true;
        if (isRefused && continuesTask) throw error;
      }
      this.version = version;
      this.mayChange = mayChange;
      this.streams = false;
    }
    const sent = this.send(request, options);
    const result = await (isStreamed ? orAfterAnswer(sent) : sent);
    return { first: { done: false, value: [result] }, rest: undefined };
  }

  private async ask<T>(
    operation: A2AOperation,
    options: A2ARequestOptions,
    read: Read<T>,
  ): Promise<T> {
    try {
      const result = await this.request(operation, options, read);
      this.confirmVersion();
      return result;
    } catch (error) {
      if (!this.change(error)) throw error;
    }
    return orAfterAnswer(this.ask(operation, options, read));
  }

  /** Resolves with the first events, because only they confirm the version. */
  private async listen(operation: A2AOperation, options: A2ARequestOptions): Promise<BegunStream> {
    try {
      const rest = await this.request(
        operation,
        options,
        async (answer, written) => new EventReader(answer, written),
      );
      const first = await rest.next();
      if (first.done !== true) this.confirmVersion();
      return { first, rest };
    } catch (error) {
      if (!this.change(error)) throw error;
    }
    return orAfterAnswer(this.listen(operation, options));
  }

  private request<T>(
    operation: A2AOperation,
    { extensions = [], headers, onSend, secrets, signal }: A2ARequestOptions,
    read: Read<T>,
  ): Promise<T> {
    const { version } = this;
    const { generateId, interface: to, line } = this.config;
    const request = writeRequest(operation, to, version, generateId());
    const wrapsData = to.isRest && version === '0.3';
    const extensionsHeader = version === '1.0' ? 'a2a-extensions' : 'x-a2a-extensions';
    return sendRequest(
      request,
      line,
      {
        asks: operation.type,
        headers: {
          ...headers,
          'a2a-version': version,
          ...(extensions.length > 0 && { [extensionsHeader]: extensions.join() }),
        },
        onSend,
        secrets,
        signal,
      },
      (answer) => read(answer, { id: request.id, wrapsData }),
    );
  }

  /** The agent has accepted the request, so this is its version. */
  private confirmVersion(): void {
    this.mayChange = false;
    this.config.learned.version = this.version;
  }

  private change(error: unknown): boolean {
    const isOther = this.isUnknown(error) || hasCode(error, versionNotSupported);
    if (!this.mayChange || !isOther) return false;
    this.mayChange = false;
    this.version = this.version === '1.0' ? '0.3' : '1.0';
    return true;
  }

  private isUnknown(error: unknown): boolean {
    if (hasCode(error, methodNotFound)) return true;
    // Reactive Agents uses one code for all errors. Another method may be missing to the agent at its work.
    if (hasCode(error, -32000) && isMethod(error.message.split(noMethod, 2)[1])) {
      return true;
    }
    return (
      this.config.interface.isRest &&
      A2AProtocolError.isInstance(error) &&
      noSuchPath.has(error.statusCode ?? 0) &&
      (error.code === undefined || error.code === error.statusCode)
    );
  }
}

const readTask: Read<A2ATaskEvent> = async (answer, written) => {
  const result = asResult(await readAnswer(answer, written.id), answer, written);
  if (result.type === 'task') return result;
  throw answer.broken('sent a response that is not a task or a message.');
};

const readAny: Read<unknown> = (answer, { id }) => readAnswer(answer, id);

async function orAfterAnswer<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    throw afterAnswer(error);
  }
}

const methodNotFound = -32601;
const noMethod = ' responded with an error: Method not found: ';
const unsupportedOperation = -32004;
const versionNotSupported = -32009;

/** Over HTTP+JSON the versions have different paths: these statuses mean that no agent received the request. */
const noSuchPath = new Set([404, 405, 501]);

/**
 * -32004: the agent does not stream, or aborted the stream at its first event. It is also used for a task that
 * has ended.
 */
export function isRefusedStream(error: unknown): error is A2AProtocolError {
  return hasCode(error, unsupportedOperation) && !isRefusedAsEnded(error);
}

function hasCode(error: unknown, code: number): error is A2AProtocolError {
  return A2AProtocolError.isInstance(error) && error.code === code;
}
