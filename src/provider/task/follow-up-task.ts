import { delay } from '@ai-sdk/provider-utils';
import { endsTask } from '../answer/event-predicates';
import type { A2AEvent } from '../client/a2a-event';
import { A2AProtocolError } from '../client/a2a-error';
import { UnreachableError } from '../client/unreachable-error';
import { getTask, maxFailures, type A2APolling, type FollowedTask } from './get-task';
import { resubscribeTask } from './resubscribe-task';
import { mergeSnapshot } from './withheld-events';

/**
 * Follows a task until it ended or waits for the caller: by its stream where there is one (`listens`),
 * else, or when that stream is lost as well, by asking for it. An agent of 0.3 is asked first. Yields whole
 * tasks and artifacts, and never a piece of text that may have been seen or may lack what came before it.
 *
 * @throws A2AProtocolError when the agent cannot say how the task stands, or does not end it in time.
 */
export async function* followUpTask({
  listens = false,
  hasShown = false,
  ...task
}: FollowedTask & {
  listens?: boolean;
  /** The stream that was lost has brought some of the answer. */
  hasShown?: boolean;
}): AsyncGenerator<A2AEvent> {
  const { polling, requestOptions, taskId } = task;
  /** What the stream brought beyond the last whole task: the answer if the agent cannot be asked. */
  const withheld: A2AEvent[] = [];
  // Servers of 0.3 on the A2A SDK for Python (0.3.26, and all before) add to the stored task what a
  // second listener hears, once more: there the stream is for agents that cannot be asked.
  let mayListen = listens;
  if (mayListen && task.client.version !== '0.3' && (yield* listen())) return;

  const deadline = Date.now() + polling.timeoutMs;
  let interval = polling.intervalMs;
  let failures = 0;
  let unreachableSince: number | undefined;
  while (true) {
    try {
      const event = await getTask(task);
      failures = 0;
      unreachableSince = undefined;
      yield* mergeSnapshot(event, withheld);
      if (endsTask(event)) return;
      // What it does not store it cannot store twice.
      if (mayListen && hasShown && isWithoutArtifacts(event) && (yield* listen())) return;
    } catch (error) {
      if (requestOptions.signal?.aborted === true) throw error;
      const isUnreachable = isNotThere(error);
      unreachableSince = isUnreachable ? (unreachableSince ?? Date.now()) : undefined;
      if (!isUnreachable) failures++;
      const isGone =
        unreachableSince !== undefined &&
        Date.now() + interval > Math.min(unreachableSince + patienceOf(polling), deadline);
      if (failures >= maxFailures && mayListen && (yield* listen())) return;
      if (isGone || failures >= maxFailures) {
        if (!withheld.some(endsTask)) throw lost(error);
        yield* withheld;
        return;
      }
    }
    if (Date.now() + interval > deadline) throw lost();
    await delay(
      interval,
      requestOptions.signal === undefined ? {} : { abortSignal: requestOptions.signal },
    );
    interval = Math.min(interval * 2, polling.intervalMs * 10);
  }

  /** True when the task is over. */
  async function* listen(): AsyncGenerator<A2AEvent, boolean> {
    mayListen = false;
    for await (const event of resubscribeTask({ ...task, withheld })) {
      yield event;
      if (endsTask(event)) return true;
    }
    return false;
  }

  /** @param cause why the agent could not be asked; without one it did not end the task in time. */
  function lost(cause?: unknown): A2AProtocolError {
    const { agent, url } = task;
    const failed = `asking for the task failed${reasonOf(cause)}.`;
    const message =
      cause === undefined
        ? `The agent "${agent}" did not end task ${taskId} within ${polling.timeoutMs} ms.`
        : listens
          ? `The stream of agent "${agent}" broke off in task ${taskId}, and ${failed}`
          : `The agent "${agent}" did not end task ${taskId} in its answer, and ${failed}`;
    return new A2AProtocolError({ agent, url, taskId, message, cause });
  }
}

function isWithoutArtifacts(event: A2AEvent): boolean {
  return event.type === 'task' && event.task.artifacts.length === 0;
}

/** An agent that is started anew is back within seconds: 30 at the default interval. */
function patienceOf({ intervalMs }: A2APolling): number {
  return 60 * intervalMs;
}

/** No connection, or a proxy that has none. */
function isNotThere(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return A2AProtocolError.isInstance(error) && goneStatuses.has(error.statusCode ?? 0);
}

const goneStatuses = new Set([502, 503, 504]);

function reasonOf(error: unknown): string {
  if (error instanceof UnreachableError) {
    return error.networkCode === undefined ? '' : ` (${error.networkCode})`;
  }
  if (!A2AProtocolError.isInstance(error)) return '';
  const { code, statusCode } = error;
  if (code !== undefined) return ` (${code})`;
  return statusCode === undefined ? '' : ` (HTTP ${statusCode})`;
}
