import { delay } from '@ai-sdk/provider-utils';
import { SettlementError } from '../../rails/rail';

/** How long and how often a call to the exchange is tried again. */
export interface Backoff {
  /** Tries in all. */
  attempts: number;
  /** Milliseconds before the second try; doubles each time. */
  initialMs: number;
  /** Milliseconds after which no further try begins. Default: none. */
  deadlineMs?: number | undefined;
}

/**
 * Waits before the next try: exponentially longer, and by a random half, so that many clients of an
 * exchange that comes back do not come all at once. An exchange that says how long is believed, up
 * to half a minute; most say nothing, 429 included. Keeps a process alive: until then its tokens are held.
 */
export async function waitBefore(
  attempt: number,
  { initialMs }: Pick<Backoff, 'initialMs'>,
  error: unknown,
): Promise<void> {
  const asked = SettlementError.isInstance(error) ? error.retryAfterMs : undefined;
  const exponential = initialMs * 2 ** (attempt - 1) * (0.5 + Math.random());
  await delay(asked === undefined ? exponential : Math.min(asked, 30_000));
}

export function mayHelp(error: unknown): boolean {
  return SettlementError.isInstance(error) && error.isRetryable;
}

/** The answer was lost, or came after the deed: what was asked for may have been done. */
export function isAmbiguous(error: unknown): boolean {
  return (
    SettlementError.isInstance(error) &&
    error.isRetryable &&
    error.isDispatched &&
    error.code !== 'RATE_LIMITED'
  );
}
