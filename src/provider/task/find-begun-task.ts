import { raceWithAbort } from '../../internal/race-with-abort';
import { A2AProtocolError } from '../client/a2a-error';
import type { A2AClient, A2ARequestOptions } from '../client/a2a-client';
import type { A2AMessage } from '../client/a2a-event';
import { UnreachableError } from '../client/unreachable-error';

/** Milliseconds for the whole search: it stands between a failure and its report. */
const searchTimeoutMs = 3000;

/**
 * The id of the task that a message has begun, when the connection was lost before the agent said it.
 * Best effort, and never throws: agents of protocol 0.3 cannot list tasks (specification 1.0, section
 * 3.1.4), and others may refuse to.
 */
export async function findBegunTask({
  client,
  message,
  requestOptions,
}: {
  client: A2AClient;
  message: A2AMessage;
  requestOptions: A2ARequestOptions;
}): Promise<string | undefined> {
  const signal = AbortSignal.timeout(searchTimeoutMs);
  try {
    // Raced, since not every custom `fetch` heeds its signal.
    return await raceWithAbort(client.findTask(message, { ...requestOptions, signal }), signal);
  } catch {
    return undefined;
  }
}

/** The request reached somebody, and nobody said what became of it. */
export function isLostAnswer(error: unknown): boolean {
  if (!A2AProtocolError.isInstance(error)) return true;
  if (error instanceof UnreachableError) return !error.isRetryable;
  // A gateway that waited in vain.
  return error.code === undefined && (error.statusCode === 502 || error.statusCode === 504);
}
