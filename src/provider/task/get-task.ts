import type { A2AClient, A2ARequestOptions, A2ATaskEvent } from '../client/a2a-client';
import { A2AProtocolError } from '../client/a2a-error';

/** How the status of a task is polled after its stream ended early or its request returned early. */
export interface A2APolling {
  /**
   * Milliseconds until the second query; doubles up to ten times this value. An unreachable agent is given up
   * after 60 times this value. Default: 500.
   */
  intervalMs: number;
  /** Milliseconds of polling after which the task counts as lost. Default: 1800000 (30 min). */
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

/** If the responses to three queries in a row contain no status, the agent has lost the task. */
export const maxFailures = 3;

/**
 * The current state of the task.
 *
 * @throws A2AProtocolError also for a response about another task.
 */
export async function getTask(followed: Omit<FollowedTask, 'polling'>): Promise<A2ATaskEvent> {
  const { agent, client, requestOptions, taskId, url } = followed;
  const event = await client.getTask(taskId, requestOptions);
  const { id } = event.task;
  if (id !== '' && id !== taskId) {
    const message = `The agent "${agent}" responded to a query of task ${taskId} with another task.`;
    throw new A2AProtocolError({ agent, url, taskId, message });
  }
  return event;
}
