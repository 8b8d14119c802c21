import { delay } from '@ai-sdk/provider-utils';
import { SettlementError } from '../../rails/rail';

/** How long and how often a call to the exchange is tried again. */
export interface Backoff {
  /** Tries in all; `Infinity` for as many as fit into `deadlineMs`. */
  attempts: number;
  /** Milliseconds before the second try; doubles each time, up to 15 seconds. */
  initialMs: number;
  /** Milliseconds after which no further try begins. Default: none. */
  deadlineMs?: number | undefined;
}

/**
 * Waits before the next try: exponentially longer, and by a random half, so that the clients of an
 * exchange that is up again do not all retry at once. A wait that the exchange asks for is used, up
 * to half a minute; most ask for none, also with 429. Keeps a process alive: until then its tokens are held.
 */
export async function waitBefore(
  attempt: number,
  options: Parameters<typeof waitOf>[1],
  error: unknown,
): Promise<void> {
  await delay(waitOf(attempt, options, error));
}

/** Milliseconds before the next try, and not more than `maxMs`. */
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

/** The answer was lost, or came after the operation was applied: it may have been done. */
export function isAmbiguous(error: unknown): boolean {
  return (
    SettlementError.isInstance(error) &&
    error.isRetryable &&
    error.isDispatched &&
    error.code !== 'RATE_LIMITED'
  );
}
