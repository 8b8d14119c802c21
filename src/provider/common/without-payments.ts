import { isRecord } from '@ai-sdk/provider-utils';

/**
 * An agent's event as a caller may see it: agents echo the caller's own message, in a task's history or
 * its metadata, and what pays in it is a credential.
 */
export function withoutPayments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPayments);
  if (!isRecord(value) || value instanceof Uint8Array) return value;
  return metadataWithoutPayments(value);
}

export function metadataWithoutPayments(
  metadata: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(([key]) => key !== 'x402.payment.payload' && key !== 'payment-signature')
      .map(([key, below]) => [key, withoutPayments(below)]),
  );
}
