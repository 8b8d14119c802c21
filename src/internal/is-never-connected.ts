/**
 * No connection came about, by the first code in the chain of causes. Runtimes that give none leave it
 * open, and a connection that broke may have carried the request.
 */
export function isNeverConnected(error: unknown, depth = 5): boolean {
  if (typeof error !== 'object' || error === null || depth === 0) return false;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string') return neverConnected.has(code);
  return isNeverConnected(Reflect.get(error, 'cause'), depth - 1);
}

/** Codes of connections that never came about, in the runtimes that give one. */
export const neverConnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ConnectionRefused',
]);
