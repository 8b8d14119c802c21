import type { Client, RequestOptions } from '@a2a-js/sdk/client';
import { raceWithAbort } from '../common/race-with-abort';

/** Agents that do not listen for cancellation never answer it. */
const cancelTimeoutMs = 3000;

/** Asks the agent to stop. Best effort: whether it did is the agent's to say. */
export async function cancelTask({
  client,
  taskId,
  requestOptions,
}: {
  client: Client;
  taskId: string | undefined;
  requestOptions: RequestOptions;
}): Promise<void> {
  if (taskId === undefined) return;
  const signal = AbortSignal.timeout(cancelTimeoutMs);
  try {
    // Raced, since not every custom `fetch` heeds its signal.
    await raceWithAbort(
      client.cancelTask(
        { tenant: '', id: taskId, metadata: undefined },
        { ...requestOptions, signal },
      ),
      signal,
    );
  } catch {
    // The task may have ended, the agent may not support it, or it may be gone: all is as it was.
  }
}
