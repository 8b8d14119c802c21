import { longestTimerMs } from './longest-timer';

/**
 * Sends a request with a timeout and the caller's signal.
 *
 * ofetch's own timeout is ignored if a signal is given, and covers only the time until the response headers.
 *
 * @throws the errors that `timeoutError` and `networkError` create; the reason of the caller's signal
 * unchanged, unless it is a timeout.
 */
export async function withDeadline<ANSWER>(
  {
    timeoutMs,
    abortSignal,
    timeoutError,
    networkError,
  }: {
    timeoutMs: number;
    abortSignal?: AbortSignal | undefined;
    /** `ms` is undefined if the caller's own timeout expired. */
    timeoutError: (ms?: number) => Error;
    /** `cause` does not contain the request. */
    networkError: (cause: unknown) => Error;
  },
  send: (signal: AbortSignal) => Promise<ANSWER>,
): Promise<ANSWER> {
  const controller = new AbortController();
  const stop = () => controller.abort(abortSignal?.reason);
  const timer = setTimeout(() => controller.abort(), Math.min(timeoutMs, longestTimerMs));
  abortSignal?.addEventListener('abort', stop, { once: true });
  // Raced, because a custom fetch may ignore the signal.
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), {
      once: true,
    });
  });
  try {
    if (abortSignal?.aborted) {
      throw abortSignal.reason;
    }
    return await Promise.race([send(controller.signal), stopped]);
  } catch (error) {
    if (abortSignal?.aborted) {
      throw isTimeout(abortSignal.reason) ? timeoutError() : abortSignal.reason;
    }
    throw controller.signal.aborted ? timeoutError(timeoutMs) : networkError(rootOf(error));
  } finally {
    clearTimeout(timer);
    abortSignal?.removeEventListener('abort', stop);
  }
}

// A caller's `AbortSignal.timeout()` is reported as a timeout.
function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

// ofetch's FetchError holds the request's options and with them the key.
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.name === 'FetchError' ? error.cause : error;
}
