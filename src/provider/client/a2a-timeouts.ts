import { A2AProtocolError, type A2ATimeout } from './a2a-error';

/**
 * How long an agent may stay silent, in milliseconds; `undefined` or 0 means as long as it likes.
 *
 * A call that runs into one of these ends with an `A2AProtocolError` that names it (`timeout`), after
 * the agent was asked to cancel the task. It is never retried: the agent may have begun to work.
 *
 * @example
 * ```ts
 * const a2a = createA2A({ timeouts: { firstEventMs: 20_000, totalMs: 10 * 60_000 } });
 * ```
 */
export interface A2ATimeouts {
  /**
   * Until the agent answers at all: the head of a stream, or the answer to a question for a task.
   * Not for a blocking message, whose answer begins when the work is done. Default: 60000.
   */
  connectMs?: number | undefined;
  /** From sending until the first event of a stream, or the answer to a blocking message. Default: none. */
  firstEventMs?: number | undefined;
  /** Without a single byte in the middle of an answer; comments (`: ping`) are life. Default: 300000. */
  idleMs?: number | undefined;
  /** From sending until the task is over, whatever is done to follow it. Default: none. */
  totalMs?: number | undefined;
}

export const defaultTimeouts = {
  connectMs: 60_000,
  idleMs: 300_000,
} satisfies A2ATimeouts;

/**
 * Calls back when the time is up, unless it is stopped; there is no time to be up without `ms`. Keeps no
 * process alive: what it watches does, as long as there is something to wait for.
 */
export function startTimer(ms: number | undefined, onTimeout: () => void): { stop: () => void } {
  if (ms === undefined || !(ms > 0) || ms > longestTimer) return { stop: () => {} };
  const timer = setTimeout(onTimeout, ms);
  // In Node and Bun. Elsewhere a timer is a number.
  if (typeof timer === 'object' && 'unref' in timer) timer.unref();
  return { stop: () => clearTimeout(timer) };
}

/** Runtimes take a longer one for the shortest. */
const longestTimer = 2 ** 31 - 1;

export function timeoutError(
  timeout: A2ATimeout,
  ms: number | undefined,
  context: { agent: string; url: string; taskId?: string | undefined },
): A2AProtocolError {
  const { agent, url, taskId } = context;
  return new A2AProtocolError({
    agent,
    url,
    taskId,
    timeout,
    message: `The agent "${agent}" ${what[timeout]} within ${ms} ms (timeouts.${timeout}).`,
  });
}

const what: Record<A2ATimeout, string> = {
  connectMs: 'did not answer',
  firstEventMs: 'said nothing',
  idleMs: 'fell silent: nothing came',
  totalMs: 'did not come to an end',
};
