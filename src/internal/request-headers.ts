import { type RequestContext, STATE_HEADERS_KEY } from '@a2a-js/sdk/server';
import { isRecord } from '@ai-sdk/provider-utils';

/** The headers of a request to an agent, names in lower case. */
export function requestHeaders({ state }: RequestContext['context']): Record<string, string> {
  const headers: unknown = state.get(STATE_HEADERS_KEY);
  return Object.fromEntries(
    Object.entries(isRecord(headers) ? headers : {}).map(([name, value]) => [
      name.toLowerCase(),
      String(value),
    ]),
  );
}
