import type { StreamResponse } from '@a2a-js/sdk';
import { delay } from '@ai-sdk/provider-utils';
import { endsTask } from '../answer/event-facts';
import { A2AProtocolError } from '../common/a2a-error';
import { askTask, maxFailures, type FollowedTask } from './ask-task';
import { relistenToTask } from './relisten-to-task';
import { tellTask } from './untold-events';

/**
 * Follows a task until it ended or waits for the caller: by its stream where there is one (`listens`),
 * else, or when that stream is lost as well, by asking for it. Yields whole tasks and artifacts, and
 * never a piece of text that may have been seen or may lack what came before it.
 *
 * @throws A2AProtocolError when the agent cannot say how the task stands, or does not end it in time.
 */
export async function* followUpTask({
  listens = false,
  ...task
}: FollowedTask & { listens?: boolean }): AsyncGenerator<StreamResponse> {
  const { polling, requestOptions, taskId } = task;
  /** What the stream brought beyond the last whole task: the answer if the agent cannot be asked. */
  const untold: StreamResponse[] = [];
  if (listens) {
    for await (const event of relistenToTask({ ...task, untold })) {
      yield event;
      if (endsTask(event)) return;
    }
  }

  const deadline = Date.now() + polling.timeoutMs;
  let interval = polling.intervalMs;
  let failures = 0;
  while (true) {
    try {
      const event = await askTask(task);
      failures = 0;
      yield* tellTask(event, untold);
      if (endsTask(event)) return;
    } catch (error) {
      if (requestOptions.signal?.aborted === true) throw error;
      if (++failures >= maxFailures) {
        if (!untold.some(endsTask)) throw lost('and does not say how it stands', error);
        yield* untold;
        return;
      }
    }
    if (Date.now() + interval > deadline) throw lost(`within ${polling.timeoutMs} ms`);
    await delay(
      interval,
      requestOptions.signal === undefined ? {} : { abortSignal: requestOptions.signal },
    );
    interval = Math.min(interval * 2, polling.intervalMs * 10);
  }

  function lost(how: string, cause?: unknown): A2AProtocolError {
    const { agent, url } = task;
    return new A2AProtocolError({
      agent,
      url,
      taskId,
      message: `The agent "${agent}" did not end task ${taskId} ${how}.`,
      cause,
    });
  }
}
