import { AISDKError } from '@ai-sdk/provider';
import { isAbortError, type FetchFunction } from '@ai-sdk/provider-utils';
import { A2AAgentCardError } from '../client/a2a-error';
import { networkCode } from '../client/a2a-response-error';
import { dropPollution, mayPollute, nestsTooDeeply } from '../client/json-guards';
import { locationOf } from '../../internal/location-of';
import { readLimitedText } from '../../internal/read-limited-text';
import { onDemand } from '../../internal/on-demand';
import { whyUnreachable } from '../../internal/why-unreachable';
import type { PublishedCard } from './parse-agent-card';

/** A card, with the data needed to revalidate it. */
export interface FetchedCard {
  published: PublishedCard;
  /** The URL of the card. */
  url: string;
  etag: string | undefined;
}

/** The well-known paths of agent cards: protocol 1.0 and 0.3.x, then the older 0.2 path. */
const cardPaths = ['.well-known/agent-card.json', '.well-known/agent.json'];

/** Far more than any card needs. */
const maxCardBytes = 1024 * 1024;

/** No call needs it that has the card already, or an `endpoint`. */
export const loadCardParser = /* @__PURE__ */ onDemand(
  'agent cards',
  () => import('./parse-agent-card'),
);

/**
 * Fetches an agent's card and converts it to the 1.0 shape.
 *
 * @param url the agent's base URL, or the card's own, which ends in `.json`.
 * @param known an earlier result, which is kept if the agent reports that it has not changed.
 * @throws A2AAgentCardError
 */
export async function fetchAgentCard({
  agent,
  url,
  fetch,
  headers,
  timeoutMs,
  known,
}: {
  agent: string;
  url: string;
  fetch: FetchFunction;
  headers: Record<string, string>;
  timeoutMs: number;
  known?: FetchedCard | undefined;
}): Promise<FetchedCard> {
  // It comes while the card does; whether it came shows when it is needed.
  loadCardParser().catch(() => {});
  const paths = /\.json$/i.test(new URL(url).pathname)
    ? [url]
    : cardPaths.map((path) => cardUrl(url, path));
  const candidates = new Set(known === undefined ? paths : [known.url, ...paths]);

  let notFound: A2AAgentCardError | undefined;
  for (const candidate of candidates) {
    const etag = candidate === known?.url ? known.etag : undefined;
    const response = await getFollowingSameOrigin(candidate, etag);
    if (response.status === 304 && etag !== undefined && known !== undefined) {
      await response.body?.cancel();
      return known;
    }
    if (response.ok) {
      const published = await parseCard(await readText(response, candidate), candidate);
      return { published, url: candidate, etag: response.headers.get('etag') ?? undefined };
    }
    await response.body?.cancel();
    const error = cardError(`answered HTTP ${response.status}`, candidate, {
      statusCode: response.status,
      isRetryable: response.status >= 500 || response.status === 429 || response.status === 408,
      advice: adviceOn[response.status],
    });
    if (response.status !== 404) throw error;
    notFound ??= error;
  }
  throw notFound ?? cardError('was not found', url);

  async function getFollowingSameOrigin(
    start: string,
    etag: string | undefined,
  ): Promise<Response> {
    let target = start;
    for (let hop = 0; hop < 4; hop++) {
      const response = await get(target, etag);
      const isRedirect = response.status >= 300 && response.status < 400;
      if (!isRedirect || !response.headers.has('location')) return response;
      await response.body?.cancel();
      const next = locationOf(response, target);
      if (next === undefined) throw cardError('redirects to an invalid address', start);
      if (next.origin !== new URL(target).origin) {
        throw cardError(
          `redirects to ${next.origin}, which is refused because your headers would be sent there`,
          start,
        );
      }
      target = next.href;
    }
    throw cardError('redirects too often', start);
  }

  async function get(target: string, etag: string | undefined): Promise<Response> {
    try {
      return await fetch(target, {
        headers: {
          accept: 'application/json',
          // Without the version header a 1.x server returns a 0.3 card, and then refuses 1.0 calls.
          'a2a-version': '1.0',
          // Without a `cache-control`, `fetch` adds `no-cache`, which makes servers ignore the ETag.
          ...(etag !== undefined && { 'if-none-match': etag, 'cache-control': 'max-age=0' }),
          ...headers,
        },
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      throw AISDKError.isInstance(error) ? error : unreachable(error, target);
    }
  }

  async function readText(response: Response, from: string): Promise<string> {
    const text = await readLimitedText(response, maxCardBytes).catch((error: unknown) => {
      throw unreachable(error, from);
    });
    if (text !== undefined) return text;
    throw cardError('is larger than 1 MiB', from, { statusCode: response.status });
  }

  function unreachable(error: unknown, at: string): A2AAgentCardError {
    const code = networkCode(error);
    const what = isAbortError(error)
      ? 'did not arrive in time'
      : `could not be reached${whyUnreachable(code, { called: 'agent', url: 'its URL' })}`;
    return cardError(what, at, { isRetryable: true });
  }

  async function parseCard(text: string, from: string): Promise<PublishedCard> {
    try {
      if (nestsTooDeeply(text)) throw new Error('too deep');
      const card: unknown = JSON.parse(text);
      if (mayPollute(text)) dropPollution(card);
      const { parseAgentCard } = await loadCardParser();
      return parseAgentCard(card);
    } catch (error) {
      if (AISDKError.isInstance(error)) throw error;
      throw cardError('is not an A2A agent card', from, { statusCode: 200, advice: whichUrl });
    }
  }

  function cardError(
    what: string,
    at: string,
    {
      advice,
      ...facts
    }: { statusCode?: number; isRetryable?: boolean; advice?: string | undefined } = {},
  ): A2AAgentCardError {
    const fact = `The card of agent "${agent}" at ${at} ${what}.`;
    return new A2AAgentCardError({
      agent,
      url: at,
      message: advice === undefined ? fact : `${fact} ${advice}`,
      ...facts,
    });
  }
}

const whichUrl = "Give the agent's URL or its card's, or an `endpoint`, which needs no card.";
const whoCalls = 'Set `auth` or `headers` if the agent requires credentials.';
const adviceOn: Partial<Record<number, string>> = { 401: whoCalls, 403: whoCalls, 404: whichUrl };

/** Keeps the last path segment of a URL without a trailing slash, which `new URL` alone would drop. */
function cardUrl(base: string, path: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/(?<!\/)\/+$/, '')}/${path}`;
  url.hash = '';
  return url.href;
}
