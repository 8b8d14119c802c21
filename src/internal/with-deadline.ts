/** Timers that are set for longer end at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Sends a request under a time limit and the caller's signal.
 *
 * ofetch's own timeout is dropped when a signal is given, and ends with the answer's headers.
 *
 * @throws What `timeoutError` and `networkError` make; the reason of the caller's signal as it is,
 * unless that is a timeout.
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
    /** `ms` is left out where the caller's own time is over. */
    timeoutError: (ms?: number) => Error;
    /** `cause` holds no request. */
    networkError: (cause: unknown) => Error;
  },
  send: (signal: AbortSignal) => Promise<ANSWER>,
): Promise<ANSWER> {
  const controller = new AbortController();
  const stop = () => controller.abort(abortSignal?.reason);
  const timer = setTimeout(() => controller.abort(), Math.min(timeoutMs, longestTimerMs));
  abortSignal?.addEventListener('abort', stop, { once: true });
  // Raced, because a custom fetch may not listen to the signal.
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

// A caller's `AbortSignal.timeout()`: for the caller it is a timeout like ours.
function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

// The FetchError around it holds the request's options, and with them the key.
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.name === 'FetchError' ? error.cause : error;
}
