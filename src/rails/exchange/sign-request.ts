import { hmacSha256 } from '../../internal/hmac-sha256';

/**
 * The two headers that sign a request (a2a-se 1.3): an HMAC with the API key over the time, the
 * method, the path as it is in the URL and the body. The query is not signed. Good for 300 seconds.
 */
export async function signRequest({
  apiKey,
  method,
  url,
  body = '',
  now,
}: {
  apiKey: string;
  method: string;
  url: string;
  body?: string | undefined;
  /** The exchange's time, in milliseconds since 1970. */
  now: number;
}): Promise<{ 'X-A2A-Timestamp': string; 'X-A2A-Signature': string }> {
  const timestamp = String(Math.floor(now / 1000));
  const { pathname } = new URL(url);
  return {
    'X-A2A-Timestamp': timestamp,
    'X-A2A-Signature': await hmacSha256(
      apiKey,
      `${timestamp}${method.toUpperCase()}${pathname}${body}`,
    ),
  };
}
