import type { AgentCard, StreamResponse, Task } from '@a2a-js/sdk';
import { Client, type RequestOptions, type Transport } from '@a2a-js/sdk/client';
import { APICallError } from '@ai-sdk/provider';
import { A2AAgentCardError, A2AProtocolError } from '../common/a2a-error';

/** One of several, as the client of one call sees it. */
export interface ReplicaHandle {
  /** A client for it, made when it is first needed. */
  open(): Promise<Client>;
  /** Counts as busy until the function that is returned is called. */
  begin(): () => void;
  /** It could not be reached: others go first for a while. */
  markDown(): void;
  /** Knows the task or the conversation. */
  remember(ids: { taskId: string; contextId: string }): void;
}

type Ids = { taskId?: string | undefined; contextId?: string | undefined };

/** The replicas to try, in order; whether the first one is known to have the task. */
type Choose = (ids: Ids) => { replicas: ReplicaHandle[]; isKnown: boolean };

/**
 * A client over several replicas of one agent.
 *
 * A message goes to one of them. Another one gets it only when the first cannot have begun to work on
 * it. Questions for a task change nothing, so they are put to each one until it is found.
 */
export function createReplicaClient(card: AgentCard, choose: Choose): Client {
  return new Client(new ReplicaTransport(choose), card);
}

class ReplicaTransport implements Transport {
  // Each replica's own client writes its own binding and version.
  readonly protocolName = 'JSONRPC';
  readonly protocolVersion = '1.0';
  private readonly choose: Choose;

  constructor(choose: Choose) {
    this.choose = choose;
  }

  sendMessage: Transport['sendMessage'] = ({ message, ...params }, options) =>
    this.ask(idsOf(message), options, false, async (client, replica) => {
      const result = await client.sendMessage({ ...params, message }, options);
      replica.remember('messageId' in result ? result : ofTask(result));
      return result;
    });

  sendMessageStream: Transport['sendMessageStream'] = ({ message, ...params }, options) =>
    this.listen(idsOf(message), options, false, (client) =>
      client.sendMessageStream({ ...params, message }, options),
    );

  resubscribeTask: Transport['resubscribeTask'] = (params, options) =>
    this.listen({ taskId: params.id }, options, true, (client) =>
      client.resubscribeTask(params, options),
    );

  getTask: Transport['getTask'] = (params, options) =>
    this.ask({ taskId: params.id }, options, true, async (client, replica) => {
      const task = await client.getTask(params, options);
      replica.remember(ofTask(task));
      return task;
    });

  cancelTask: Transport['cancelTask'] = (params, options) =>
    this.ask({ taskId: params.id }, options, true, (client) => client.cancelTask(params, options));

  listTasks: Transport['listTasks'] = (params, options) =>
    this.ask(params, options, true, (client) => client.listTasks(params, options));

  getExtendedAgentCard: Transport['getExtendedAgentCard'] = (params, options) =>
    this.ask({}, options, true, (client) => client.transport.getExtendedAgentCard(params, options));

  createTaskPushNotificationConfig: Transport['createTaskPushNotificationConfig'] = (
    params,
    options,
  ) =>
    this.ask(params, options, true, (client) =>
      client.createTaskPushNotificationConfig(params, options),
    );

  getTaskPushNotificationConfig: Transport['getTaskPushNotificationConfig'] = (params, options) =>
    this.ask(params, options, true, (client) =>
      client.getTaskPushNotificationConfig(params, options),
    );

  listTaskPushNotificationConfig: Transport['listTaskPushNotificationConfig'] = (params, options) =>
    this.ask(params, options, true, (client) =>
      client.listTaskPushNotificationConfig(params, options),
    );

  deleteTaskPushNotificationConfig: Transport['deleteTaskPushNotificationConfig'] = (
    params,
    options,
  ) =>
    this.ask(params, options, true, (client) =>
      client.deleteTaskPushNotificationConfig(params, options),
    );

  private async ask<T>(
    ids: Ids,
    options: RequestOptions | undefined,
    asksForTask: boolean,
    ask: (client: Client, replica: ReplicaHandle) => Promise<T>,
  ): Promise<T> {
    const { replicas, isKnown } = this.choose(ids);
    const attempts = new Attempts(options, asksForTask && !isKnown);
    for (const replica of replicas) {
      const end = replica.begin();
      try {
        return await ask(await replica.open(), replica);
      } catch (error) {
        attempts.note(error, replica);
      } finally {
        end();
      }
    }
    throw attempts.error();
  }

  private async *listen(
    ids: Ids,
    options: RequestOptions | undefined,
    asksForTask: boolean,
    listen: (client: Client) => AsyncGenerator<StreamResponse, void, undefined>,
  ): AsyncGenerator<StreamResponse, void, undefined> {
    const { replicas, isKnown } = this.choose(ids);
    const attempts = new Attempts(options, asksForTask && !isKnown);
    for (const replica of replicas) {
      const end = replica.begin();
      let hasBegun = false;
      try {
        for await (const event of listen(await replica.open())) {
          if (!hasBegun) rememberEvent(event, replica);
          hasBegun = true;
          yield event;
        }
        return;
      } catch (error) {
        if (hasBegun) throw error;
        attempts.note(error, replica);
      } finally {
        end();
      }
    }
    throw attempts.error();
  }
}

/** What has gone wrong so far, and whether the next replica may be tried. */
class Attempts {
  private readonly errors: unknown[] = [];
  private readonly options: RequestOptions | undefined;
  private readonly isSearch: boolean;

  constructor(options: RequestOptions | undefined, isSearch: boolean) {
    this.options = options;
    this.isSearch = isSearch;
  }

  /** @throws the error, when another replica must not be tried. */
  note(error: unknown, replica: ReplicaHandle): void {
    if (this.options?.signal?.aborted === true) throw error;
    if (isDown(error)) replica.markDown();
    const isElsewhere = this.isSearch && isNotFound(error);
    if (!isElsewhere && !wasNotDispatched(error)) throw error;
    this.errors.push(error);
  }

  /** Where one replica could not be asked, the others cannot say that nobody has the task. */
  error(): unknown {
    const mayWorkLater = (error: unknown) => APICallError.isInstance(error) && error.isRetryable;
    return this.errors.find(mayWorkLater) ?? this.errors.find(wasNotDispatched) ?? this.errors[0];
  }
}

function wasNotDispatched(error: unknown): boolean {
  return (
    A2AAgentCardError.isInstance(error) || (A2AProtocolError.isInstance(error) && error.isRetryable)
  );
}

/** Its connection broke, or it says that it cannot answer. */
function isDown(error: unknown): boolean {
  if (wasNotDispatched(error)) return true;
  if (!A2AProtocolError.isInstance(error)) return false;
  const { code, statusCode } = error;
  return statusCode === undefined ? code === undefined : statusCode >= 500;
}

const taskNotFound = -32001;

function isNotFound(error: unknown): boolean {
  return (
    A2AProtocolError.isInstance(error) && (error.code === taskNotFound || error.statusCode === 404)
  );
}

function idsOf(message: Ids | undefined): Ids {
  return { taskId: message?.taskId, contextId: message?.contextId };
}

function ofTask({ id, contextId }: Task): { taskId: string; contextId: string } {
  return { taskId: id, contextId };
}

function rememberEvent({ payload }: StreamResponse, replica: ReplicaHandle): void {
  if (payload === undefined) return;
  replica.remember(payload.$case === 'task' ? ofTask(payload.value) : payload.value);
}
