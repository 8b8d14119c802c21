import { isRecord } from '@ai-sdk/provider-utils';

/**
 * Removes payments from an agent's event: agents echo the caller's own message, in a task's history or its
 * metadata, and its payment is a credential.
 */
export function withoutPayments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPayments);
  if (!isRecord(value) || value instanceof Uint8Array) return value;
  return metadataWithoutPayments(value);
}

export function metadataWithoutPayments(
  metadata: Record<string, unknown>,
): Record<string, unknown> {
  return addWithoutPayments({}, metadata);
}

/** Merges metadata, in place. A loop, because an agent may attach metadata to each event. */
export function addWithoutPayments(
  target: Record<string, unknown>,
  metadata: Record<string, unknown>,
): Record<string, unknown> {
  for (const key of Object.keys(metadata)) {
    // Setting that key would change the target's prototype.
    if (payments.has(key) || key === '__proto__') continue;
    const value = metadata[key];
    target[key] = typeof value === 'object' ? withoutPayments(value) : value;
  }
  return target;
}

/** The signatures and tokens of a message's payment, which an agent may repeat in its text. */
export function paymentSecrets(metadata: Record<string, unknown> | undefined): [string, string][] {
  return Object.entries(metadata ?? {})
    .filter(([key]) => payments.has(key))
    .flatMap(([key, payment]) => longTexts(payment).map((text): [string, string] => [key, text]));
}

const payments = new Set(['x402.payment.payload', 'payment-signature']);

/** Addresses and nonces are shorter, and are public. */
const minSecretChars = 100;

function longTexts(value: unknown): string[] {
  if (typeof value === 'string') return value.length < minSecretChars ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(longTexts) : [];
}
