import { toHex } from './to-hex';

/** A digest of the given values, 32 characters long. It does not reveal the values. */
export async function digestOf(...facts: (string | undefined)[]): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(facts.map((fact) => fact ?? null)));
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', text), 0, 16));
}
