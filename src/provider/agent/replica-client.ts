import { APICallError } from '@ai-sdk/provider';
import type { A2AClient, A2AEvents, A2ARequestOptions, A2ATaskEvent } from '../client/a2a-client';
import type { A2AEvent } from '../client/a2a-event';
import { idsOf } from '../client/ids-of';
import { A2AAgentCardError, A2AProtocolError } from '../client/a2a-error';

/** One of several, as the client of one call sees it. */
export interface ReplicaHandle {
  /** A client for it, made when it is first needed. */
  open(): Promise<A2AClient>;
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
export function createReplicaClient(choose: Choose): A2AClient {
  return {
    // Each replica's own client speaks its own.
    version: '1.0',
    send: (request, options) =>
      ask(request.message, options, false, async (client, replica) => {
        const result = await client.send(request, options);
        replica.remember(idsOf(result));
        return result;
      }),
    stream: (request, options) =>
      listen(request.message, options, false, (client) => client.stream(request, options)),
    subscribe: (taskId, options) =>
      listen({ taskId }, options, true, (client) => client.subscribe(taskId, options)),
    getTask: (taskId, options) =>
      ask({ taskId }, options, true, async (client, replica): Promise<A2ATaskEvent> => {
        const event = await client.getTask(taskId, options);
        replica.remember(idsOf(event));
        return event;
      }),
    cancelTask: (taskId, options) =>
      ask({ taskId }, options, true, (client) => client.cancelTask(taskId, options)),
    setPushNotification: (taskId, config, options) =>
      ask({ taskId }, options, true, (client) =>
        client.setPushNotification(taskId, config, options),
      ),
  };

  async function ask<T>(
    ids: Ids,
    options: A2ARequestOptions,
    asksForTask: boolean,
    one: (client: A2AClient, replica: ReplicaHandle) => Promise<T>,
  ): Promise<T> {
    const { replicas, isKnown } = choose(ids);
    const attempts = new Attempts(options, asksForTask && !isKnown);
    for (const replica of replicas) {
      const end = replica.begin();
      try {
        return await one(await replica.open(), replica);
      } catch (error) {
        attempts.note(error, replica);
      } finally {
        end();
      }
    }
    throw attempts.error();
  }

  async function* listen(
    ids: Ids,
    options: A2ARequestOptions,
    asksForTask: boolean,
    one: (client: A2AClient) => A2AEvents,
  ): AsyncGenerator<A2AEvent[], undefined> {
    const { replicas, isKnown } = choose(ids);
    const attempts = new Attempts(options, asksForTask && !isKnown);
    for (const replica of replicas) {
      const end = replica.begin();
      let hasBegun = false;
      try {
        for await (const events of one(await replica.open())) {
          const [first] = events;
          if (!hasBegun && first !== undefined) replica.remember(idsOf(first));
          hasBegun = true;
          yield events;
        }
        return undefined;
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
  private readonly options: A2ARequestOptions;
  private readonly isSearch: boolean;

  constructor(options: A2ARequestOptions, isSearch: boolean) {
    this.options = options;
    this.isSearch = isSearch;
  }

  /** @throws the error, when another replica must not be tried. */
  note(error: unknown, replica: ReplicaHandle): void {
    if (this.options.signal?.aborted === true) throw error;
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
