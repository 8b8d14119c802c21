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
  return addWithoutPayments({}, metadata);
}

/** Adds metadata to what is there, in place. A loop: an agent may attach some to each of its events. */
export function addWithoutPayments(
  target: Record<string, unknown>,
  metadata: Record<string, unknown>,
): Record<string, unknown> {
  for (const key of Object.keys(metadata)) {
    // To set that key would change the target's prototype.
    if (payments.has(key) || key === '__proto__') continue;
    const value = metadata[key];
    target[key] = typeof value === 'object' ? withoutPayments(value) : value;
  }
  return target;
}

/** The signatures and tokens that a message pays with: an agent may repeat them in what it says. */
export function paymentSecrets(metadata: Record<string, unknown> | undefined): [string, string][] {
  return Object.entries(metadata ?? {})
    .filter(([key]) => payments.has(key))
    .flatMap(([key, payment]) => longTexts(payment).map((text): [string, string] => [key, text]));
}

const payments = new Set(['x402.payment.payload', 'payment-signature']);

/** An address or a nonce is short, and is shown elsewhere. */
const minSecretChars = 100;

function longTexts(value: unknown): string[] {
  if (typeof value === 'string') return value.length < minSecretChars ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(longTexts) : [];
}
