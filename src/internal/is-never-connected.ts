/**
 * Whether no connection was established, decided by the first code in the chain of causes. False if the
 * runtime gives no code, or if an established connection broke: it may have carried the request.
 */
export function isNeverConnected(error: unknown): boolean {
  const code = firstCode(error);
  return code !== undefined && neverConnected.has(code);
}

/** The first error code in the chain of causes. */
export function firstCode(error: unknown, depth = 5): string | undefined {
  if (typeof error !== 'object' || error === null || depth === 0) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : firstCode(Reflect.get(error, 'cause'), depth - 1);
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
