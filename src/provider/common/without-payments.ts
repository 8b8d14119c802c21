import { isRecord } from '@ai-sdk/provider-utils';

/**
 * An agent's event as a caller may see it: agents echo the caller's own message in a task's history, and
 * what pays in it is a credential.
 */
export function withoutPayments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPayments);
  if (!isRecord(value) || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'x402.payment.payload')
      .map(([key, below]) => [key, withoutPayments(below)]),
  );
}
