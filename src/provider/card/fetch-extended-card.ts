import type { Client } from '@a2a-js/sdk/client';
import type { FetchFunction } from '@ai-sdk/provider-utils';
import { z } from 'zod/v4';
import { readLimitedText } from '../common/read-limited-text';
import { maxCardBytes, parseAgentCard, type PublishedCard } from './parse-agent-card';

/**
 * The card that an agent shows to callers it knows (`GetExtendedAgentCard`; in protocol 0.3
 * `agent/getAuthenticatedExtendedCard`); undefined when it shows none: the public card serves as well.
 */
export async function fetchExtendedCard({
  connect,
  headers,
  timeoutMs,
}: {
  /** A client of the agent, whose answers go through `tap`. */
  connect: (tap: (fetch: FetchFunction) => FetchFunction) => Promise<Client>;
  headers: Record<string, string>;
  timeoutMs: number;
}): Promise<PublishedCard | undefined> {
  // The SDK's reading of a card is not the card: signatures cover what was published.
  let published: unknown;
  const tap =
    (fetch: FetchFunction): FetchFunction =>
    async (input, init) => {
      const response = await fetch(input, init);
      if (!response.ok) return response;
      const text = (await readLimitedText(response, maxCardBytes)) ?? '';
      published = answer.parse(JSON.parse(text));
      return new Response(text, { headers: { 'content-type': 'application/json' } });
    };
  try {
    const client = await connect(tap);
    const signal = AbortSignal.timeout(timeoutMs);
    await client.getAgentCard({ signal, serviceParameters: headers });
  } catch {
    // The agent declined, or the SDK could not read what is read below by other means.
  }
  try {
    return parseAgentCard(published);
  } catch {
    return undefined;
  }
}

const answer = z.union([
  z.looseObject({ result: z.looseObject({}) }).transform(({ result }) => result),
  z.looseObject({}),
]);
