/**
 * What holds for one task have in common on the ledger, wherever they were made: 32 characters that
 * tell others nothing.
 */
export async function groupOfTask(agent: string, taskId: string): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify([agent, taskId]));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  return [...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
