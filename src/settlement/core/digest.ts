/** 32 characters that stand for some facts and tell others nothing of them. */
export async function digestOf(...facts: (string | undefined)[]): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(facts.map((fact) => fact ?? null)));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  return [...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
