import { toHex } from './to-hex';

/** HMAC-SHA256 of `message` as lower-case hex, computed with WebCrypto. */
export async function hmacSha256(secret: string, message: string): Promise<string> {
  const key = await (keys.get(secret) ?? importKey(secret));
  const digest = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(message));
  return toHex(new Uint8Array(digest));
}

/** By secret: to import a key takes as long as to sign with it. */
const keys = new Map<string, Promise<CryptoKey>>();

/** A process has few secrets; one with a secret for each user keeps those it met last. */
const maxKeys = 32;

function importKey(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = new TextEncoder().encode(secret);
  const key = crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
  keys.set(secret, key);
  key.catch(() => keys.delete(secret));
  const [oldest] = keys.keys();
  if (keys.size > maxKeys && oldest !== undefined) keys.delete(oldest);
  return key;
}
