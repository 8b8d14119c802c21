import { A2AProtocolError } from './a2a-error';

/**
 * The agent would not look at the message: the request does not fit the task that it names. Servers of
 * the A2A SDKs say so before they begin anything. -32004 is also what a stream is refused with whose
 * agent works by then, and the HTTP statuses have many causes: there the words have to say it, too.
 */
export function isRefusedAsEnded(error: unknown): error is A2AProtocolError {
  if (!A2AProtocolError.isInstance(error) || error.code === undefined) return false;
  if (atTheDoor.has(error.code)) return true;
  return ofManyCauses.has(error.code) && error.message.includes('terminal state');
}

/** Invalid request, invalid parameters. */
const atTheDoor = new Set([-32600, -32602]);

/** Unsupported operation; over HTTP+JSON the status stands for it. */
const ofManyCauses = new Set([-32004, 400, 409, 412, 422]);
