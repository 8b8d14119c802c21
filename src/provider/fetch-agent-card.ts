import type { AgentCard } from '@a2a-js/sdk';
import { DefaultAgentCardResolver } from '@a2a-js/sdk/client';
import { isAbortError, type FetchFunction } from '@ai-sdk/provider-utils';
import { z } from 'zod/v4';
import { A2AAgentCardError } from './a2a-error';
import { networkCode } from './a2a-response-error';

/** Where an agent's card may lie: protocol 1.0 and 0.3.x, then the older 0.2 path. */
const cardPaths = ['.well-known/agent-card.json', '.well-known/agent.json'];

/**
 * Fetches an agent's card and brings it into the 1.0 shape.
 *
 * @param url the agent's base URL, or the card's own, which ends in `.json`.
 * @throws A2AAgentCardError
 */
export async function fetchAgentCard({
  agent,
  url,
  fetch,
  headers,
  timeoutMs,
}: {
  agent: string;
  url: string;
  fetch: FetchFunction;
  headers: Record<string, string>;
  timeoutMs: number;
}): Promise<AgentCard> {
  const candidates = /\.json$/i.test(new URL(url).pathname)
    ? [url]
    : cardPaths.map((path) => cardUrl(url, path));

  let notFound: A2AAgentCardError | undefined;
  for (const candidate of candidates) {
    const response = await getFollowingSameOrigin(candidate);
    if (response.ok) return parseCard(await readText(response, candidate), candidate);
    await response.body?.cancel();
    const error = cardError(`answered HTTP ${response.status}`, candidate, {
      statusCode: response.status,
      isRetryable: response.status >= 500 || response.status === 429 || response.status === 408,
    });
    if (response.status !== 404) throw error;
    notFound ??= error;
  }
  throw notFound ?? cardError('was not found', url);

  async function getFollowingSameOrigin(start: string): Promise<Response> {
    let target = start;
    for (let hop = 0; hop < 4; hop++) {
      const response = await get(target);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) return response;
      await response.body?.cancel();
      if (!URL.canParse(location, target)) throw cardError('redirects to no valid address', start);
      const next = new URL(location, target);
      if (next.origin !== new URL(target).origin) {
        throw cardError(
          `redirects to ${next.origin}, which is refused because it would take your headers along`,
          start,
        );
      }
      target = next.href;
    }
    throw cardError('redirects too often', start);
  }

  async function get(target: string): Promise<Response> {
    try {
      return await fetch(target, {
        // Without the version header a 1.x server answers a 0.3 card, and then refuses 1.0 calls.
        headers: { accept: 'application/json', 'a2a-version': '1.0', ...headers },
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      throw unreachable(error, target);
    }
  }

  async function readText(response: Response, from: string): Promise<string> {
    try {
      return await response.text();
    } catch (error) {
      throw unreachable(error, from);
    }
  }

  function unreachable(error: unknown, at: string): A2AAgentCardError {
    const code = networkCode(error);
    const what = isAbortError(error)
      ? 'did not arrive in time'
      : `could not be reached${code === undefined ? '' : ` (${code})`}`;
    return cardError(what, at, { isRetryable: true });
  }

  function parseCard(text: string, from: string): AgentCard {
    try {
      const json = publishedCard.parse(JSON.parse(text));
      const given = Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
      return cardResolver.normalizeAgentCard({ ...leftOut, ...given });
    } catch {
      throw cardError('is not an A2A agent card', from, { statusCode: 200 });
    }
  }

  function cardError(
    what: string,
    at: string,
    facts: { statusCode?: number; isRetryable?: boolean } = {},
  ): A2AAgentCardError {
    return new A2AAgentCardError({
      agent,
      url: at,
      message: `The card of agent "${agent}" at ${at} ${what}.`,
      ...facts,
    });
  }
}

const cardResolver = new DefaultAgentCardResolver({ legacyCompat: { enabled: true } });

/** As much of both card shapes as this provider builds on. */
const publishedCard = z.union([
  z.looseObject({
    supportedInterfaces: z
      .array(
        z.looseObject({
          url: z.string(),
          protocolBinding: z
            .string()
            .nullish()
            .transform((binding) => binding || 'JSONRPC'),
        }),
      )
      .min(1),
  }),
  z.looseObject({ url: z.string() }),
]);

/** What the schema demands, agents leave out, and nothing here depends on. */
const leftOut = { capabilities: {}, defaultInputModes: [], defaultOutputModes: [], skills: [] };

/** Keeps the last path segment of an URL without a trailing slash, which `new URL` alone would drop. */
function cardUrl(base: string, path: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  url.hash = '';
  return url.href;
}
