import type { HttpClient } from '../client/http-client';
import { loadCardParser } from './fetch-agent-card';
import type { PublishedCard } from './parse-agent-card';

/**
 * The card that an agent shows to callers it knows (`GetExtendedAgentCard`; in protocol 0.3
 * `agent/getAuthenticatedExtendedCard`); undefined when it shows none: the public card serves as well.
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
