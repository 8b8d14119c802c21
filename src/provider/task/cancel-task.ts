import type { A2AClient, A2ARequestOptions } from '../client/a2a-client';
import { raceWithAbort } from '../../internal/race-with-abort';
import type { A2ATaskState, Cancellations } from '../client/task-state';

/** Agents that do not listen for cancellation never answer it. */
const cancelTimeoutMs = 3000;

/**
 * Asks the agent to stop, and hands back the state that it answered. Best effort, and never throws.
 *
 * An answer `canceled` is remembered: some agents say `completed` of the same task a moment later.
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
    // Raced, since not every custom `fetch` heeds its signal.
    const { task } = await raceWithAbort(
      client.cancelTask(taskId, { ...requestOptions, signal }),
      signal,
    );
    return task.status?.state;
  } catch {
    // The task may have ended, the agent may not support it, or it may be gone: all is as it was.
    return undefined;
  }
}
