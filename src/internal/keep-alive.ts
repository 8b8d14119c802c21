export type WaitUntil = (promise: Promise<unknown>) => void;

/**
 * Hands a promise to `waitUntil`, and says whether it was taken. Outside of a request it may be that
 * nobody takes it (Next.js' `after` throws there), which is no reason for a call to fail.
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
