import type { StreamResponse } from '@a2a-js/sdk';
import type { Client, RequestOptions } from '@a2a-js/sdk/client';
import { delay } from '@ai-sdk/provider-utils';
import { A2AProtocolError } from './a2a-error';
import { isPaused, isTerminal, taskStateName } from './task-state';

/** How a task is asked for after its stream ended early or its send returned early. */
export interface A2APolling {
  /** Milliseconds until the second question; doubles up to ten times this. Default: 500. */
  intervalMs: number;
  /** Milliseconds after which the task is given up as lost. Default: 60000. */
  timeoutMs: number;
}

/**
 * Asks for a task until it ended or waits for the caller. Yields each snapshot.
 *
 * @throws A2AProtocolError when the agent cannot say how the task stands, or does not end it in time.
 */
export async function* followUpTask({
  client,
  taskId,
  agent,
  url,
  polling,
  requestOptions,
}: {
  client: Client;
  taskId: string;
  agent: string;
  url: string;
  polling: A2APolling;
  requestOptions: RequestOptions;
}): AsyncGenerator<StreamResponse> {
  const deadline = Date.now() + polling.timeoutMs;
  let interval = polling.intervalMs;
  let failures = 0;
  while (true) {
    try {
      const task = await client.getTask({ tenant: '', id: taskId }, requestOptions);
      failures = 0;
      yield { payload: { $case: 'task', value: task } };
      const state = task.status === undefined ? undefined : taskStateName(task.status.state);
      if (isTerminal(state) || isPaused(state)) return;
    } catch (error) {
      if (requestOptions.signal?.aborted === true) throw error;
      if (++failures >= maxFailures) throw lost('and does not say how it stands', error);
    }
    if (Date.now() + interval > deadline) throw lost(`within ${polling.timeoutMs} ms`);
    await delay(
      interval,
      requestOptions.signal === undefined ? {} : { abortSignal: requestOptions.signal },
    );
    interval = Math.min(interval * 2, polling.intervalMs * 10);
  }

  function lost(how: string, cause?: unknown): A2AProtocolError {
    return new A2AProtocolError({
      agent,
      url,
      taskId,
      message: `The agent "${agent}" did not end task ${taskId} ${how}.`,
      cause,
    });
  }
}

/** An agent that cannot answer for its task three times in a row is gone. */
const maxFailures = 3;
