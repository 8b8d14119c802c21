import { toHex } from './to-hex';

/** HMAC-SHA256 of `message` as lower-case hex, computed with WebCrypto. */
export async function hmacSha256(secret: string, message: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    'raw',
    encoder.encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const digest = await crypto.subtle.sign('HMAC', key, encoder.encode(message));
  return toHex(new Uint8Array(digest));
}
