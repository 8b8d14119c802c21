import { raceWithAbort } from '../../internal/race-with-abort';
import { A2AProtocolError } from '../client/a2a-error';
import type { A2AClient, A2ARequestOptions } from '../client/a2a-client';
import type { A2AMessage } from '../client/a2a-event';
import { UnreachableError } from '../client/unreachable-error';

/** Timeout of the whole search in milliseconds: it delays the report of a failure. */
const searchTimeoutMs = 3000;

/**
 * The id of the task that a message has started, if the connection was lost before the agent sent it. Best
 * effort, never throws: agents of protocol 0.3 cannot list tasks (specification 1.0, section 3.1.4), and others
 * may refuse.
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
    // Raced, because not every custom `fetch` supports its signal.
    return await raceWithAbort(client.findTask(message, { ...requestOptions, signal }), signal);
  } catch {
    return undefined;
  }
}

/** The request was sent, but its result is not known. */
export function isLostAnswer(error: unknown): boolean {
  if (!A2AProtocolError.isInstance(error)) return true;
  if (error instanceof UnreachableError) return !error.isRetryable;
  // A gateway whose agent timed out.
  return error.code === undefined && (error.statusCode === 502 || error.statusCode === 504);
}
