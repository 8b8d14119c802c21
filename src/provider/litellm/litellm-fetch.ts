import { delay, type FetchFunction } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { readLimitedText } from '../../internal/read-limited-text';

/**
 * The `fetch` by which one agent is reached through a LiteLLM gateway.
 *
 * - The gateway passes on no header but those that name the agent: headers which are meant for the
 *   agent go along a second time under such a name.
 * - A gateway of several instances may answer that it does not know an agent it does know: then nothing
 *   has been dispatched, and it is asked again, twice at most.
 */
export function createLiteLLMFetch({
  fetch,
  agent,
}: {
  fetch: FetchFunction;
  /** The name or id the gateway knows the agent by. */
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

/** The headers by which the gateway hands something on to one agent. */
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

/** Whether an agent's name can stand in the name of a header. */
export function fitsHeaderName(agent: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(agent);
}

/** Milliseconds to wait before each repetition. */
const waitsMs = [100, 300];

/** Of an answer that is an error. */
const maxBodyBytes = 65_536;

/** What the protocol, payments and tracing say to the agent, not to the gateway. */
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
