import { longestTimerMs } from '../../internal/longest-timer';
import { A2AProtocolError, type A2ATimeout } from './a2a-error';

/**
 * Timeouts of an agent in milliseconds; `undefined` or 0 means no timeout.
 *
 * A call that exceeds one of these ends with an `A2AProtocolError` that names it (`timeout`), after a cancel
 * request to the agent. It is never retried: the agent may have started to work.
 *
 * @example
 * ```ts
 * const a2a = createA2A({ timeouts: { firstEventMs: 20_000, totalMs: 10 * 60_000 } });
 * ```
 */
export interface A2ATimeouts {
  /**
   * Until the agent responds: the headers of a stream, or the response to a task query. Not used for a blocking
   * message, whose response starts when the work is done. Default: 60000.
   */
  connectMs?: number | undefined;
  /** From sending until the first event of a stream, or the response to a blocking message. Default: none. */
  firstEventMs?: number | undefined;
  /** Without a single byte during a response; SSE comments (`: ping`) reset the timer. Default: 300000. */
  idleMs?: number | undefined;
  /** From sending until the task is over, including every retry and task query. Default: none. */
  totalMs?: number | undefined;
}

export const defaultTimeouts = {
  connectMs: 60_000,
  idleMs: 300_000,
} satisfies A2ATimeouts;

/**
 * Calls back after `ms` unless it is stopped; without `ms` there is no timer. The timer does not keep the
 * process alive: the connection it watches does, as long as a response is pending.
 */
export function startTimer(ms: number | undefined, onTimeout: () => void): { stop: () => void } {
  if (ms === undefined || !(ms > 0) || ms > longestTimerMs) return { stop: () => {} };
  const timer = setTimeout(onTimeout, ms);
  // In Node and Bun. On other runtimes a timer is a number.
  if (typeof timer === 'object' && 'unref' in timer) timer.unref();
  return { stop: () => clearTimeout(timer) };
}

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
  connectMs: 'did not respond',
  firstEventMs: 'said nothing',
  idleMs: 'sent no data',
  totalMs: 'did not finish',
};
