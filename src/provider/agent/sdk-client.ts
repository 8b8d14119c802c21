import { raceWithAbort } from '../../internal/race-with-abort';
import { linkedAbort } from '../../internal/linked-abort';
import type {
  A2AClient,
  A2AEvents,
  A2ARequestOptions,
  A2AResult,
  A2ASentMessage,
  A2ATaskEvent,
} from '../client/a2a-client';
import { A2AProtocolError } from '../client/a2a-error';
import type { A2AEvent, A2APushNotificationConfig, A2ASendRequest } from '../client/a2a-event';
import type { A2ATimeouts } from '../client/a2a-timeouts';
import { beginLater, type BegunStream } from '../client/begun-stream';
import { isRefusedStream } from '../client/http-client';
import { RequestClock } from '../client/request-clock';
import { afterAnswer, UnreachableError } from '../client/unreachable-error';
import { maxListedTasks, taskOfMessage } from '../client/task-of-message';
import type { A2AProtocolVersion } from '../client/write-request';
import type { A2ASdkClient, SdkRequestOptions } from './a2a-sdk-client';
import { fromSdkError } from './sdk-error';
import { readSdkEvent, readSdkResult } from './sdk-event';
import { toSdkPushConfig, toSdkRequest } from './sdk-request';
import { traceHeaders } from './trace-context';

interface SdkClientConfig {
  client: A2ASdkClient;
  agent: string;
  url: string;
  /** `false`: it is never asked to stream. */
  streams: boolean;
  timeouts: A2ATimeouts;
}

/**
 * The A2A SDK's client as this package's own. The SDK reads the bytes, so that neither limits nor the
 * tolerance of the own reader apply; and it shows no heads, so that until the first event of a stream
 * only `firstEventMs` counts.
 */
export class SdkClient implements A2AClient {
  readonly version: A2AProtocolVersion;
  private readonly config: SdkClientConfig;

  constructor(config: SdkClientConfig) {
    this.config = config;
    this.version = config.client.protocolVersion?.startsWith('0.') === true ? '0.3' : '1.0';
  }

  async send(request: A2ASendRequest, options: A2ARequestOptions): Promise<A2AResult> {
    const { client } = this.config;
    const event = readSdkResult(
      await this.ask('send', options, (given) => client.sendMessage(toSdkRequest(request), given)),
    );
    if (event?.type === 'message' || event?.type === 'task') return event;
    throw this.noAnswer();
  }

  stream(request: A2ASendRequest, options: A2ARequestOptions): A2AEvents {
    const { client, streams } = this.config;
    return beginLater(async () => {
      if (!streams) return only(await this.send(request, options));
      try {
        return await this.listen(options, (given) =>
          client.sendMessageStream(toSdkRequest(request), given),
        );
      } catch (error) {
        // The agent may have begun to work where the message continues a task.
        if (!isRefusedStream(error) || request.message.taskId !== '') throw error;
      }
      return this.send(request, options).then(only, (error: unknown) => {
        throw afterAnswer(error);
      });
    });
  }

  subscribe(taskId: string, options: A2ARequestOptions): A2AEvents {
    const { agent, client, streams, url } = this.config;
    return beginLater(async () => {
      if (streams)
        return this.listen(options, (given) => client.resubscribeTask(of(taskId), given));
      const message = `The agent "${agent}" does not stream.`;
      throw new A2AProtocolError({ agent, url, message, taskId });
    });
  }

  async getTask(taskId: string, options: A2ARequestOptions): Promise<A2ATaskEvent> {
    const { client } = this.config;
    return this.asTask(
      await this.ask('get', options, (given) => client.getTask(of(taskId), given)),
    );
  }

  async cancelTask(taskId: string, options: A2ARequestOptions): Promise<A2ATaskEvent> {
    const { client } = this.config;
    const params = { ...of(taskId), metadata: undefined };
    return this.asTask(
      await this.ask('cancel', options, (given) => client.cancelTask(params, given)),
    );
  }

  async findTask(sent: A2ASentMessage, options: A2ARequestOptions): Promise<string | undefined> {
    if (this.version !== '1.0') return undefined;
    const { client } = this.config;
    const { contextId } = sent;
    const listed = await this.ask('list', options, (given) =>
      client.listTasks(
        {
          tenant: '',
          contextId,
          status: 0,
          pageSize: maxListedTasks,
          pageToken: '',
          historyLength: maxListedTasks,
          statusTimestampAfter: undefined,
        },
        given,
      ),
    );
    return taskOfMessage(Reflect.get(listed, 'tasks'), sent, readSdkResult);
  }

  async setPushNotification(
    taskId: string,
    config: A2APushNotificationConfig,
    options: A2ARequestOptions,
  ): Promise<void> {
    const { client } = this.config;
    await this.ask('push', options, (given) =>
      client.createTaskPushNotificationConfig(toSdkPushConfig(taskId, config), given),
    );
  }

  private async ask(
    asks: 'send' | 'get' | 'cancel' | 'list' | 'push',
    options: A2ARequestOptions,
    call: (given: SdkRequestOptions) => Promise<object>,
  ): Promise<object> {
    const { agent, timeouts, url } = this.config;
    options.signal?.throwIfAborted();
    const clock = new RequestClock({ asks, timeouts, signal: options.signal, agent, url });
    try {
      options.onSend?.();
      // Raced, since not every transport heeds its signal.
      return await raceWithAbort(call(sdkOptions(options, clock.signal)), clock.signal);
    } catch (error) {
      throw clock.signal.aborted
        ? clock.signal.reason
        : await fromSdkError(error, { agent, url, options });
    } finally {
      clock.stop();
    }
  }

  private async listen(
    options: A2ARequestOptions,
    call: (given: SdkRequestOptions) => AsyncGenerator<object, void, undefined>,
  ): Promise<BegunStream> {
    options.signal?.throwIfAborted();
    options.onSend?.();
    const rest = new SdkEvents(this.config, options, call);
    return { first: await rest.next(), rest };
  }

  private asTask(result: object): A2ATaskEvent {
    const event = readSdkResult(result);
    if (event?.type === 'task') return event;
    throw this.noAnswer();
  }

  private noAnswer(): A2AProtocolError {
    const { agent, url } = this.config;
    const message = `The agent "${agent}" sent a response that is not a task or a message.`;
    return new A2AProtocolError({ agent, url, message });
  }
}

/** The events of a stream, each by itself as the SDK's client yields them. */
class SdkEvents implements A2AEvents {
  private readonly config: SdkClientConfig;
  private readonly options: A2ARequestOptions;
  private readonly clock: RequestClock;
  /** Ends the request where nobody reads on: the SDK leaves its connection open. */
  private readonly line: AbortController;
  private readonly unlink: () => void;
  private readonly events: AsyncGenerator<object, void, undefined>;
  private isBegun = false;
  private isClosed = false;

  constructor(
    config: SdkClientConfig,
    options: A2ARequestOptions,
    call: (given: SdkRequestOptions) => AsyncGenerator<object, void, undefined>,
  ) {
    const { agent, timeouts, url } = config;
    this.config = config;
    this.options = options;
    ({ abort: this.line, unlink: this.unlink } = linkedAbort(options.signal));
    // `connectMs` is for the head of the answer, which cannot be seen here.
    const { connectMs: _, ...seen } = timeouts;
    const { signal } = this.line;
    this.clock = new RequestClock({ asks: 'stream', timeouts: seen, signal, agent, url });
    this.events = call(sdkOptions(options, this.clock.signal));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<A2AEvent[], undefined>> {
    const { clock } = this;
    try {
      while (!this.isClosed) {
        if (this.isBegun) clock.waiting();
        const { done, value } = await raceWithAbort(this.events.next(), clock.signal);
        clock.received();
        if (done === true) break;
        const event = readSdkEvent(value);
        if (event === undefined) continue;
        this.isBegun = true;
        clock.spoken();
        return { done: false, value: [event] };
      }
    } catch (error) {
      const aborted = clock.signal.aborted ? { reason: clock.signal.reason } : undefined;
      this.close();
      throw aborted === undefined ? await this.failureOf(error) : aborted.reason;
    }
    this.close();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<A2AEvent[], undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  private async failureOf(error: unknown): Promise<unknown> {
    const { agent, url } = this.config;
    const failure = await fromSdkError(error, { agent, url, options: this.options });
    // A line that is cut, unlike an agent that cannot be reached, is worth another one.
    return this.isBegun && failure instanceof UnreachableError
      ? Object.assign(new TypeError('The line was cut.'), { code: failure.networkCode })
      : failure;
  }

  private close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    // First, because a clock that has stopped does not pass it on.
    this.line.abort();
    this.clock.stop();
    this.unlink();
    this.events.return().catch(() => {});
  }
}

function of(id: string): { tenant: string; id: string } {
  return { tenant: '', id };
}

function only(event: A2AResult): BegunStream {
  return { first: { done: false, value: [event] }, rest: undefined };
}

/** The SDK's client adds the protocol version, and spells the extensions' header as that version does. */
function sdkOptions(
  { extensions = [], headers }: A2ARequestOptions,
  signal: AbortSignal,
): SdkRequestOptions {
  // A state goes with its own parent only.
  const trace = headers['traceparent'] === undefined ? traceHeaders() : {};
  const activated = extensions.length > 0 ? { 'A2A-Extensions': extensions.join() } : {};
  return { signal, serviceParameters: { ...headers, ...trace, ...activated } };
}
