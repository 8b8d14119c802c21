import type { Client, RequestOptions } from '@a2a-js/sdk/client';
import { raceWithAbort } from '../common/race-with-abort';
import { taskStateName, type A2ATaskState, type Cancellations } from '../common/task-state';

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
  client: Client;
  taskId: string;
  requestOptions: RequestOptions;
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
  client: Client;
  taskId: string;
  requestOptions: RequestOptions;
}): Promise<A2ATaskState | undefined> {
  const signal = AbortSignal.timeout(cancelTimeoutMs);
  try {
    // Raced, since not every custom `fetch` heeds its signal.
    const { status } = await raceWithAbort(
      client.cancelTask(
        { tenant: '', id: taskId, metadata: undefined },
        { ...requestOptions, signal },
      ),
      signal,
    );
    return status && taskStateName(status.state);
  } catch {
    // The task may have ended, the agent may not support it, or it may be gone: all is as it was.
    return undefined;
  }
}
