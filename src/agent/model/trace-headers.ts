import type { RequestContext } from '@a2a-js/sdk/server';
import { requestHeaders } from '../../internal/request-headers';

/** The headers by which tracers and LiteLLM's gateway correlate calls. */
const names = ['traceparent', 'tracestate', 'x-litellm-trace-id', 'x-litellm-agent-id'];

/**
 * The trace headers of a request to an agent. Pass them to the calls that the agent makes: a gateway groups
 * and attributes calls by these headers.
 *
 * @example
 * ```ts
 * import type { AgentExecutor } from '@a2a-js/sdk/server';
 * import { generateText } from 'ai';
 * import { traceHeaders } from 'ai-sdk-a2a-settlement/agent';
 *
 * const executor: AgentExecutor = {
 *   async execute(request, bus) {
 *     const headers = traceHeaders(request);
 *     const { text } = await generateText({ model, prompt: 'A poem', headers });
 *   },
 *   async cancelTask() {},
 * };
 * ```
 */
export function traceHeaders({ context }: Pick<RequestContext, 'context'>): Record<string, string> {
  const all = requestHeaders(context);
  return Object.fromEntries(
    names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  );
}
