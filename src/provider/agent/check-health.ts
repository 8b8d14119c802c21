import { A2AProtocolError } from '../client/a2a-error';
import type { A2AHealth } from './a2a-connection';

/**
 * Sends a request to an agent and measures the time. The agent is healthy unless the request throws, or the
 * response is a server error (HTTP 500 and above).
 */
export async function checkHealth(
  { agent, url, now }: { agent: string; url: string; now: () => number },
  ask: () => Promise<unknown>,
): Promise<A2AHealth> {
  const begin = now();
  let error: Error | undefined;
  try {
    const answer = await ask();
    if (answer instanceof Response) {
      const { status: statusCode } = answer;
      await answer.body?.cancel();
      if (statusCode >= 500) {
        const message = `The agent "${agent}" answered HTTP ${statusCode}.`;
        error = new A2AProtocolError({ agent, url, statusCode, message, isRetryable: true });
      }
    }
  } catch (cause) {
    // The runtime's error may quote the request.
    error =
      cause instanceof Error && 'agent' in cause
        ? cause
        : new A2AProtocolError({
            agent,
            url,
            message: `The agent "${agent}" did not answer.`,
            isRetryable: true,
          });
  }
  const latencyMs = now() - begin;
  return { isHealthy: error === undefined, latencyMs, ...(error !== undefined && { error }) };
}
