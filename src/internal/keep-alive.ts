/** Keeps a serverless runtime alive until the promise settles. */
export type WaitUntil = (promise: Promise<unknown>) => void;

/**
 * Passes a promise to `waitUntil`, and returns whether it was accepted. `waitUntil` may throw outside of a
 * request (Next.js' `after` does); that must not fail the call.
 */
export function keepAlive(waitUntil: WaitUntil | undefined, promise: Promise<unknown>): boolean {
  if (waitUntil === undefined) return false;
  try {
    waitUntil(promise);
    return true;
  } catch {
    return false;
  }
}
