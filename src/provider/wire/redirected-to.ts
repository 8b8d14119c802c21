import { locationOf } from '../common/location-of';

/**
 * Where a server wants the same request again, body and all (RFC 9110, 15.4.8): web frameworks send
 * `/agent` on to `/agent/` like this. Only within the origin: elsewhere it would take the user's headers
 * along. Other redirects turn a message into a question.
 */
export function redirectedTo(response: Response, url: string): string | undefined {
  if (response.status !== 307 && response.status !== 308) return undefined;
  const target = locationOf(response, url);
  return target?.origin === new URL(url).origin ? target.href : undefined;
}
