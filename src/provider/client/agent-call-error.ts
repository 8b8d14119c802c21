import { AISDKError, APICallError } from '@ai-sdk/provider';

export interface AgentCallFacts {
  agent: string;
  message: string;
  /** What was asked: the agent's address, its card's, or the token endpoint's. */
  url: string;
  statusCode?: number | undefined;
  /** Whether the call may be tried again as a whole. Default: `false`. */
  isRetryable?: boolean;
  /** Of a foreign error, name, message and code are kept, and those of its causes. */
  cause?: unknown;
}

/** What went wrong on the way to an agent. */
export abstract class AgentCallError extends APICallError {
  readonly agent: string;

  constructor(
    name: string,
    {
      agent,
      isRetryable = false,
      statusCode,
      responseHeaders,
      ...facts
    }: AgentCallFacts & { responseHeaders?: Record<string, string> },
  ) {
    // The request's values hold the prompt and the response's body the answer: neither goes into an error.
    super({
      message: facts.message,
      url: facts.url,
      cause: bareCause(facts.cause),
      requestBodyValues: {},
      isRetryable,
      ...(statusCode !== undefined && { statusCode }),
      ...(responseHeaders !== undefined && { responseHeaders }),
    });
    this.name = name;
    this.agent = agent;
  }
}

/** What a custom `fetch`, or a function for credentials, throws may hold the request's headers. */
function bareCause(error: unknown, depth = 5): unknown {
  if (AISDKError.isInstance(error)) return error;
  if (typeof error !== 'object' || error === null || depth === 0) return undefined;
  const read = (field: string): unknown => Reflect.get(error, field);
  const cause = bareCause(read('cause'), depth - 1);
  const bare = new Error(String(read('message') ?? ''), cause === undefined ? {} : { cause });
  bare.name = String(read('name') ?? 'Error');
  bare.stack = `${bare.name}: ${bare.message}`;
  const code = read('code');
  return typeof code === 'string' ? Object.assign(bare, { code }) : bare;
}
