import type { SendMessageRequest, StreamResponse, SubscribeToTaskRequest } from '@a2a-js/sdk';
import type { RequestOptions, Transport } from '@a2a-js/sdk/client';
import type { A2AProtocolVersion } from '../card/select-interface';
import { A2AProtocolError } from '../common/a2a-error';
import { isRefusedAsEnded } from '../common/is-refused-as-ended';
import { afterAnswer } from '../common/unreachable-error';

/** What calls have found out about an agent, for the calls after them. */
export interface LearnedProtocol {
  /** The version it takes requests in, where its card says otherwise or there is none. */
  version?: A2AProtocolVersion;
  /** It has refused a stream: a message that continues a task is not worth the risk again. */
  refusesStreams?: boolean;
}

type Ask<T> = (transport: Transport, options: RequestOptions | undefined) => T;

/**
 * Speaks the protocol version that the card declares, until the agent says that it does not know the
 * request: then the other one. Cards are wrong about it (gateways write 1.0 and speak 0.3), and an
 * agent without a card says nothing. What an agent does not know it has not begun to work on.
 *
 * An agent that does not stream, against its card, is sent the message as a blocking one, unless that
 * continues a task: then the agent may have begun to work before it refused.
 */
export class AdaptiveTransport implements Transport {
  readonly protocolName: string;
  private readonly agent: string;
  private readonly endpoint: string;
  private streams: boolean;
  private version: A2AProtocolVersion;
  private mayChange: boolean;
  private readonly learned: LearnedProtocol;
  private readonly createTransport: (version: A2AProtocolVersion) => Promise<Transport>;
  private readonly transports = new Map<A2AProtocolVersion, Promise<Transport>>();

  constructor({
    agent,
    endpoint,
    protocolName,
    streams,
    version,
    mayChange,
    learned,
    createTransport,
  }: {
    agent: string;
    endpoint: string;
    protocolName: string;
    /** What the card says. */
    streams: boolean;
    version: A2AProtocolVersion;
    mayChange: boolean;
    learned: LearnedProtocol;
    createTransport: (version: A2AProtocolVersion) => Promise<Transport>;
  }) {
    this.agent = agent;
    this.endpoint = endpoint;
    this.protocolName = protocolName;
    this.streams = streams;
    this.version = version;
    this.mayChange = mayChange;
    this.learned = learned;
    this.createTransport = createTransport;
  }

  get protocolVersion(): string {
    return this.version;
  }

  readonly sendMessage: Transport['sendMessage'] = (params, options) =>
    this.ask(options, (transport, adapted) => transport.sendMessage(params, adapted));

  readonly getTask: Transport['getTask'] = (params, options) =>
    this.ask(options, (transport, adapted) => transport.getTask(params, adapted));

  readonly cancelTask: Transport['cancelTask'] = (params, options) =>
    this.ask(options, (transport, adapted) => transport.cancelTask(params, adapted));

  readonly listTasks: Transport['listTasks'] = (params, options) =>
    this.ask(options, (transport, adapted) => transport.listTasks(params, adapted));

  readonly getExtendedAgentCard: Transport['getExtendedAgentCard'] = (params, options) =>
    this.ask(options, (transport, adapted) => transport.getExtendedAgentCard(params, adapted));

  readonly createTaskPushNotificationConfig: Transport['createTaskPushNotificationConfig'] = (
    params,
    options,
  ) =>
    this.ask(options, (transport, adapted) =>
      transport.createTaskPushNotificationConfig(params, adapted),
    );

  readonly getTaskPushNotificationConfig: Transport['getTaskPushNotificationConfig'] = (
    params,
    options,
  ) =>
    this.ask(options, (transport, adapted) =>
      transport.getTaskPushNotificationConfig(params, adapted),
    );

  readonly listTaskPushNotificationConfig: Transport['listTaskPushNotificationConfig'] = (
    params,
    options,
  ) =>
    this.ask(options, (transport, adapted) =>
      transport.listTaskPushNotificationConfig(params, adapted),
    );

  readonly deleteTaskPushNotificationConfig: Transport['deleteTaskPushNotificationConfig'] = (
    params,
    options,
  ) =>
    this.ask(options, (transport, adapted) =>
      transport.deleteTaskPushNotificationConfig(params, adapted),
    );

  /** @throws A2AProtocolError, without a request, when the agent does not stream. */
  async *resubscribeTask(
    params: SubscribeToTaskRequest,
    options?: RequestOptions,
  ): AsyncGenerator<StreamResponse, void, undefined> {
    if (!this.streams) {
      const { agent, endpoint: url } = this;
      const message = `The agent "${agent}" does not stream.`;
      throw new A2AProtocolError({ agent, url, message, taskId: params.id });
    }
    yield* this.listen(options, (transport, adapted) => transport.resubscribeTask(params, adapted));
  }

  async *sendMessageStream(
    params: SendMessageRequest,
    options?: RequestOptions,
  ): AsyncGenerator<StreamResponse, void, undefined> {
    const { version, mayChange, learned } = this;
    const continuesTask = (params.message?.taskId ?? '') !== '';
    let isBegun = false;
    try {
      if (!(continuesTask && learned.refusesStreams === true)) {
        for await (const event of this.listen(options, (transport, adapted) =>
          transport.sendMessageStream(params, adapted),
        )) {
          isBegun = true;
          yield event;
        }
        return;
      }
    } catch (error) {
      const isRefused = isRefusedStream(error);
      if (isBegun || !(isUnknown(error, this) || isRefused)) throw error;
      if (isRefused) learned.refusesStreams = true;
      if (isRefused && continuesTask) throw error;
    }
    this.version = version;
    this.mayChange = mayChange;
    this.streams = false;
    const value = await orAfterAnswer(this.sendMessage(params, options));
    yield 'messageId' in value
      ? { payload: { $case: 'message', value } }
      : { payload: { $case: 'task', value } };
  }

  private async ask<T>(options: RequestOptions | undefined, ask: Ask<Promise<T>>): Promise<T> {
    try {
      const result = await ask(await this.transport(), adapt(options, this.version));
      this.settle();
      return result;
    } catch (error) {
      if (!this.change(error)) throw error;
    }
    return orAfterAnswer(this.ask(options, ask));
  }

  private async *listen(
    options: RequestOptions | undefined,
    ask: Ask<AsyncGenerator<StreamResponse, void, undefined>>,
  ): AsyncGenerator<StreamResponse, void, undefined> {
    try {
      for await (const event of ask(await this.transport(), adapt(options, this.version))) {
        this.settle();
        yield event;
      }
      return;
    } catch (error) {
      if (!this.change(error)) throw error;
    }
    try {
      yield* this.listen(options, ask);
    } catch (error) {
      throw afterAnswer(error);
    }
  }

  private transport(): Promise<Transport> {
    const known = this.transports.get(this.version);
    if (known !== undefined) return known;
    const created = this.createTransport(this.version);
    this.transports.set(this.version, created);
    return created;
  }

  /** The agent has understood: this is its version. */
  private settle(): void {
    this.mayChange = false;
    this.learned.version = this.version;
  }

  private change(error: unknown): boolean {
    if (!this.mayChange || !(isUnknown(error, this) || hasCode(error, versionNotSupported))) {
      return false;
    }
    this.mayChange = false;
    this.version = this.version === '1.0' ? '0.3' : '1.0';
    return true;
  }
}

async function orAfterAnswer<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    throw afterAnswer(error);
  }
}

const methodNotFound = -32601;
const unsupportedOperation = -32004;
const versionNotSupported = -32009;

/** Over HTTP+JSON the versions differ in their paths, and no agent is behind a wrong one. */
const noSuchPath = new Set([404, 405, 501]);

/** -32004: the agent does not stream, or not what it began to say. It is also said of a task that has ended. */
export function isRefusedStream(error: unknown): error is A2AProtocolError {
  return hasCode(error, unsupportedOperation) && !isRefusedAsEnded(error);
}

function isUnknown(error: unknown, { protocolName }: { protocolName: string }): boolean {
  if (hasCode(error, methodNotFound)) return true;
  // Reactive Agents has one code for all errors.
  if (hasCode(error, -32000) && /: Method not found/.test(error.message)) return true;
  return (
    protocolName === 'HTTP+JSON' &&
    A2AProtocolError.isInstance(error) &&
    noSuchPath.has(error.statusCode ?? 0) &&
    (error.code === undefined || error.code === error.statusCode)
  );
}

function hasCode(error: unknown, code: number): error is A2AProtocolError {
  return A2AProtocolError.isInstance(error) && error.code === code;
}

/** The client names version and extensions for the version it began with. */
function adapt(
  options: RequestOptions | undefined,
  version: A2AProtocolVersion,
): RequestOptions | undefined {
  if (options?.serviceParameters === undefined) return options;
  const serviceParameters: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.serviceParameters)) {
    if (/^a2a-version$/i.test(name)) serviceParameters['A2A-Version'] = version;
    else if (/^(?:x-)?a2a-extensions$/i.test(name)) {
      serviceParameters[version === '1.0' ? 'A2A-Extensions' : 'X-A2A-Extensions'] = value;
    } else serviceParameters[name] = value;
  }
  return { ...options, serviceParameters };
}
