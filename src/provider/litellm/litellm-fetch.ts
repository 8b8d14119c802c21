import { delay, type FetchFunction } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { readLimitedText } from '../../internal/read-limited-text';

/**
 * The `fetch` for one agent behind a LiteLLM gateway.
 *
 * - The gateway forwards only headers that name the agent: headers for the agent are sent a second time under
 *   such a name.
 * - A gateway with several instances may respond that it does not know an existing agent: then nothing was sent
 *   to the agent, and the request is retried, at most twice.
 */
export function createLiteLLMFetch({
  fetch,
  agent,
}: {
  fetch: FetchFunction;
  /** The agent's name or id at the gateway. */
  agent: string;
}): FetchFunction {
  return async (input, init) => {
    const request = { ...init, headers: withAgentHeaders(init?.headers, agent) };
    for (const waitMs of waitsMs) {
      const response = await fetch(input, request);
      if (response.status !== 404) return response;
      const body = (await readLimitedText(response, maxBodyBytes)) ?? '';
      if (!isUnknownAgent(body)) {
        return new Response(body, { status: 404, headers: { 'content-type': 'application/json' } });
      }
      await delay(waitMs, init?.signal == null ? {} : { abortSignal: init.signal });
    }
    return fetch(input, request);
  };
}

/** Renames headers so that the gateway forwards them to one agent. */
export function toAgentHeaders(
  headers: Record<string, string | undefined>,
  agent: string,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      `x-a2a-${agent.toLowerCase()}-${name.toLowerCase()}`,
      value,
    ]),
  );
}

/** Whether an agent's name is valid in a header name. */
export function fitsHeaderName(agent: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(agent);
}

/** Milliseconds to wait before each retry. */
const waitsMs = [100, 300];

/** The maximum body size of an error response in bytes. */
const maxBodyBytes = 65_536;

/** Headers of the protocol, of payments and of tracing, which are meant for the agent. */
const forTheAgent = [
  'a2a-extensions',
  'x-a2a-extensions',
  'x-a2a-se-escrow-id',
  'payment-signature',
  'traceparent',
  'tracestate',
];

function withAgentHeaders(own: HeadersInit | undefined, agent: string): Headers {
  const headers = new Headers(own);
  if (!fitsHeaderName(agent)) return headers;
  for (const name of forTheAgent) {
    const value = headers.get(name);
    const passedOn = `x-a2a-${agent.toLowerCase()}-${name}`;
    if (value !== null && !headers.has(passedOn)) headers.set(passedOn, value);
  }
  return headers;
}

const unknownAgent = z.looseObject({ error: z.looseObject({ code: z.literal(-32000) }) });

function isUnknownAgent(body: string): boolean {
  try {
    return unknownAgent.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}
