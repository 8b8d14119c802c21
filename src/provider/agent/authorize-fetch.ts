import type { FetchFunction } from '@ai-sdk/provider-utils';
import type { CardSecurity } from './read-card-security';
import { raceWithAbort } from '../../internal/race-with-abort';
import type { A2ACredentials, ShownCredentials } from './auth-credentials';

/**
 * A `fetch` that sends the credentials that the agent's card requires. If the agent refuses them (HTTP 401, so
 * nothing was done), they are renewed and the request is repeated once; credentials that cannot be renewed are
 * not retried.
 *
 * Headers that the caller set are not changed.
 */
export function authorizeFetch({
  fetch,
  credentials,
  security,
}: {
  fetch: FetchFunction;
  credentials: A2ACredentials;
  security: CardSecurity | undefined;
}): FetchFunction {
  return async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    const send = (shown: ShownCredentials) => fetch(...withCredentials(url, init, shown));
    const shown = await raceWithAbort(credentials.for(security), init?.signal);
    const response = await send(shown);
    if (response.status !== 401) return response;
    const renewed = await raceWithAbort(credentials.for(security, shown), init?.signal);
    if (isSame(shown, renewed)) return response;
    await response.body?.cancel();
    return send(renewed);
  };
}

function withCredentials(
  url: string,
  init: RequestInit | undefined,
  { headers, query, cookies }: ShownCredentials,
): [string, RequestInit] {
  const target = new URL(url);
  for (const [name, value] of query) target.searchParams.set(name, value);
  const given = Object.fromEntries(new Headers(init?.headers));
  const jar = [...cookies].map(([name, value]) => `${name}=${cookieValue(value)}`);
  if (given['cookie'] !== undefined) jar.unshift(given['cookie']);
  return [
    query.size === 0 ? url : target.href,
    {
      ...init,
      headers: {
        ...Object.fromEntries(headers),
        ...given,
        ...(cookies.size > 0 && { cookie: jar.join('; ') }),
      },
    },
  ];
}

/** Characters that are valid in a cookie are not encoded (RFC 6265, section 4.1.1). */
function cookieValue(value: string): string {
  return /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value)
    ? value
    : encodeURIComponent(value);
}

function isSame(one: ShownCredentials, other: ShownCredentials): boolean {
  const values = ({ headers, query, cookies }: ShownCredentials) =>
    JSON.stringify([...headers, ...query, ...cookies]);
  return values(one) === values(other);
}
