import { A2AProtocolError } from './a2a-error';

/**
 * The agent refused the message without processing it: the request does not fit the state of its task. Servers
 * of the A2A SDKs report this before they start anything. -32004 is also the refusal of a stream whose agent is
 * already working, and the HTTP statuses have many causes: for these the message text must confirm it.
 */
export function isRefusedAsEnded(error: unknown): error is A2AProtocolError {
  if (!A2AProtocolError.isInstance(error) || error.code === undefined) return false;
  if (atTheDoor.has(error.code)) return true;
  return ofManyCauses.has(error.code) && error.message.includes('terminal state');
}

/** Invalid request, invalid parameters. */
const atTheDoor = new Set([-32600, -32602]);

/** Unsupported operation; over HTTP+JSON the corresponding statuses. */
const ofManyCauses = new Set([-32004, 400, 409, 412, 422]);
