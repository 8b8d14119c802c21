import type { FetchFunction } from '@ai-sdk/provider-utils';
import { httpError, networkError } from '../client/a2a-response-error';
import { raceWithAbort } from '../../internal/race-with-abort';
import type { A2AHealth } from '../agent/a2a-connection';
import { checkHealth } from '../agent/check-health';

export interface LiteLLMHealthOptions {
  /** Milliseconds after which it counts as unhealthy. Default: 5000. */
  timeoutMs?: number;
  abortSignal?: AbortSignal;
}

/** Requests the card of an agent from a gateway, which returns it to keys that may call the agent. */
export async function checkLiteLLMHealth(
  {
    agent,
    endpoint,
    fetch,
    headers,
  }: { agent: string; endpoint: string; fetch: FetchFunction; headers: Record<string, string> },
  { timeoutMs = 5000, abortSignal }: LiteLLMHealthOptions,
): Promise<A2AHealth> {
  const url = `${endpoint}/.well-known/agent-card.json`;
  const context = { agent, url, headers: new Headers(headers) };
  return checkHealth({ agent, url, now: Date.now }, () => raceWithAbort(ask(), abortSignal));

  async function ask(): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { headers, redirect: 'manual', signal }).catch(
      (error: unknown) => {
        throw networkError(error, context);
      },
    );
    if (!response.ok) throw await httpError(response, context);
    await response.body?.cancel();
  }
}
