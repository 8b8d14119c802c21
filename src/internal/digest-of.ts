import { toHex } from './to-hex';

/** 32 characters that stand for some facts and tell others nothing of them. */
export async function digestOf(...facts: (string | undefined)[]): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(facts.map((fact) => fact ?? null)));
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', text), 0, 16));
}
