/**
 * Whether no connection was established, decided by the first code in the chain of causes. False if the
 * runtime gives no code, or if an established connection broke: it may have carried the request.
 */
export function isNeverConnected(error: unknown, depth = 5): boolean {
  if (typeof error !== 'object' || error === null || depth === 0) return false;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string') return neverConnected.has(code);
  return isNeverConnected(Reflect.get(error, 'cause'), depth - 1);
}

/** Error codes of connections that were never established, for the runtimes that report codes. */
export const neverConnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ConnectionRefused',
]);
