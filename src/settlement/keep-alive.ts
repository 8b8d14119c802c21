/**
 * Has the runtime wait for a promise; `false` where it cannot.
 *
 * Some throw: a `waitUntil` that was taken off its context, Next.js' `after` outside of a request. The
 * agent may have delivered by then, and its answer must not be lost over that.
 */
export function keepAlive(
  waitUntil: ((promise: Promise<unknown>) => void) | undefined,
  promise: Promise<unknown>,
): boolean {
  try {
    waitUntil?.(promise);
    return waitUntil !== undefined;
  } catch {
    return false;
  }
}
