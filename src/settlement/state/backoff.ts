import { delay } from '@ai-sdk/provider-utils';
import { SettlementError } from '../../rails/rail';

/** How often and with which delay a request to the exchange is retried. */
export interface Backoff {
  /** Maximum number of attempts; `Infinity` for as many as fit into `deadlineMs`. */
  attempts: number;
  /** Milliseconds before the second attempt. The delay doubles each time, up to 15 seconds. */
  initialMs: number;
  /** Milliseconds after which no further attempt starts. Default: none. */
  deadlineMs?: number | undefined;
}

/**
 * Waits before the next attempt: exponentially longer, with a random half, so that the clients of an exchange
 * do not all retry at once. A delay that the exchange asks for is used, up to half a minute; most ask for none,
 * also with 429. The timer keeps the process alive, because the tokens stay held until then.
 */
export async function waitBefore(
  attempt: number,
  options: Parameters<typeof waitOf>[1],
  error: unknown,
): Promise<void> {
  await delay(waitOf(attempt, options, error));
}

/** Milliseconds before the next attempt, at most `maxMs`. */
export function waitOf(
  attempt: number,
  { initialMs, maxMs = Number.POSITIVE_INFINITY }: { initialMs: number; maxMs?: number },
  error?: unknown,
): number {
  const asked = SettlementError.isInstance(error) ? error.retryAfterMs : undefined;
  const exponential = Math.min(initialMs * 2 ** (attempt - 1), 15_000) * (0.5 + Math.random());
  return Math.min(asked === undefined ? exponential : Math.min(asked, 30_000), maxMs);
}

export function isRetryable(error: unknown): boolean {
  return SettlementError.isInstance(error) && error.isRetryable;
}

/** The response was lost, or arrived after the operation was applied: the operation may have succeeded. */
export function isAmbiguous(error: unknown): boolean {
  return (
    SettlementError.isInstance(error) &&
    error.isRetryable &&
    error.isDispatched &&
    error.code !== 'RATE_LIMITED'
  );
}
