/**
 * Where a server wants the same request again, body and all (RFC 9110, 15.4.8): web frameworks send
 * `/agent` on to `/agent/` like this. Only within the origin: elsewhere it would take the user's headers
 * along. Other redirects turn a message into a question.
 */
export function redirectedTo({ headers, status }: Response, url: string): string | undefined {
  const location = headers.get('location');
  if (status !== 307 && status !== 308) return undefined;
  if (location === null || !URL.canParse(location, url)) return undefined;
  const target = new URL(location, url);
  return target.origin === new URL(url).origin ? target.href : undefined;
}
