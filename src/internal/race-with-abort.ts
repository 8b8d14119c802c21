/** Waits for a shared promise. An abort ends only the wait of its own caller. */
export async function raceWithAbort<T>(
  promise: Promise<T>,
  signal: AbortSignal | null | undefined,
): Promise<T> {
  if (signal == null) return promise;
  return new Promise<T>((fulfill, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(fulfill, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
