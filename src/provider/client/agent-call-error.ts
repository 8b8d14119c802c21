import { AISDKError, APICallError } from '@ai-sdk/provider';

export interface AgentCallFacts {
  agent: string;
  message: string;
  /** The requested URL: of the agent, its card, or the token endpoint. */
  url: string;
  statusCode?: number | undefined;
  /** Whether the call may be retried as a whole. Default: `false`. */
  isRetryable?: boolean;
  /** Of a foreign error, only name, message and code are kept, also of its causes. */
  cause?: unknown;
}

/** The base class of errors in calls of an agent. */
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
    // The request's values contain the prompt and the response's body the answer: neither is added to an error.
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

/** An error of a custom `fetch`, or of a function for credentials, may contain the request's headers. */
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
