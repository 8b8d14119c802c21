import type { A2AClient, A2ARequestOptions } from '../client/a2a-client';
import { raceWithAbort } from '../../internal/race-with-abort';
import type { A2ATaskState, Cancellations } from '../client/task-state';

/** Agents without support for cancellation may never respond. */
const cancelTimeoutMs = 3000;

/**
 * Asks the agent to cancel, and returns the state in its response. Best effort, never throws.
 *
 * A response of `canceled` is stored: some agents report `completed` for the same task shortly after.
 */
export function cancelTask({
  cancellations,
  taskId,
  ...asked
}: {
  cancellations: Cancellations;
  client: A2AClient;
  taskId: string;
  requestOptions: A2ARequestOptions;
}): Promise<A2ATaskState | undefined> {
  const earlier = cancellations.get(taskId);
  const answer = ask({ ...asked, taskId }).then(async (state) =>
    (await earlier) === 'canceled' ? 'canceled' : state,
  );
  cancellations.set(taskId, answer);
  if (cancellations.size > maxRemembered) {
    for (const [oldest] of cancellations) {
      cancellations.delete(oldest);
      break;
    }
  }
  return answer;
}

const maxRemembered = 1000;

async function ask({
  client,
  taskId,
  requestOptions,
}: {
  client: A2AClient;
  taskId: string;
  requestOptions: A2ARequestOptions;
}): Promise<A2ATaskState | undefined> {
  const signal = AbortSignal.timeout(cancelTimeoutMs);
  try {
    // Raced, because not every custom `fetch` supports its signal.
    const { task } = await raceWithAbort(
      client.cancelTask(taskId, { ...requestOptions, signal }),
      signal,
    );
    // A response about another task says nothing about this one.
    return task.id === '' || task.id === taskId ? task.status?.state : undefined;
  } catch {
    // The task may have ended, the agent may not support cancellation, or it may be unreachable: nothing
    // changed.
    return undefined;
  }
}
