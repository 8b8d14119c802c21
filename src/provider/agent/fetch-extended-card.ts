import type { HttpClient } from '../client/http-client';
import { loadCardParser } from './fetch-agent-card';
import type { PublishedCard } from './parse-agent-card';

/**
 * The card for authenticated callers (`GetExtendedAgentCard`; in protocol 0.3
 * `agent/getAuthenticatedExtendedCard`); undefined if the agent returns none: the public card is used then.
 */
export async function fetchExtendedCard({
  client,
  headers,
  timeoutMs,
}: {
  client: HttpClient;
  headers: Record<string, string>;
  timeoutMs: number;
}): Promise<PublishedCard | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const { parseAgentCard } = await loadCardParser();
    return parseAgentCard(await client.getExtendedCard({ headers, signal }));
  } catch {
    return undefined;
  }
}
