import { hmacSha256 } from '../../internal/hmac-sha256';

/**
 * The idempotency key of one operation on one hold.
 *
 * The exchange shares its keys among all accounts and answers a known one without authentication (a2a-se 1.4),
 * and task and escrow ids are public: the key must not be guessable from them, yet be the same on every machine
 * of the payer. Hence an HMAC with the payer's API key.
 *
 * @param operation - Names the operation and everything that its body depends on: one key with two bodies is a
 * conflict, and with one key for two operations, one would get the response of the other.
 * @param id - The task id for a hold, the escrow id for all later operations.
 */
export function idempotencyKey({
  apiKey,
  operation,
  id,
}: {
  apiKey: string;
  operation: string;
  id: string;
}): Promise<string> {
  return hmacSha256(apiKey, `${operation}:${id}`);
}
