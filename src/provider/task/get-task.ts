import type { A2AClient, A2ARequestOptions, A2ATaskEvent } from '../client/a2a-client';
import { A2AProtocolError } from '../client/a2a-error';

/** How a task is asked for after its stream ended early or its send returned early. */
export interface A2APolling {
  /**
   * Milliseconds until the second question; doubles up to ten times this. An agent that is not there is
   * given up after 60 times this. Default: 500.
   */
  intervalMs: number;
  /** Milliseconds of asking after which the task is given up as lost. Default: 1800000 (30 min). */
  timeoutMs: number;
}

export const defaultPolling: A2APolling = { intervalMs: 500, timeoutMs: 30 * 60_000 };

export interface FollowedTask {
  client: A2AClient;
  taskId: string;
  agent: string;
  url: string;
  polling: A2APolling;
  requestOptions: A2ARequestOptions;
}

/** An agent that answers three questions in a row, and never says how its task stands, has lost it. */
export const maxFailures = 3;

/** The task as it stands. */
export async function getTask(followed: FollowedTask): Promise<A2ATaskEvent> {
  const { agent, client, requestOptions, taskId, url } = followed;
  const event = await client.getTask(taskId, requestOptions);
  const { id } = event.task;
  if (id !== '' && id !== taskId) {
    const message = `The agent "${agent}" was asked for task ${taskId} and told of another one.`;
    throw new A2AProtocolError({ agent, url, taskId, message });
  }
  return event;
}
