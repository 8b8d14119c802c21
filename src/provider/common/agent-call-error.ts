import { APICallError } from '@ai-sdk/provider';

export interface AgentCallFacts {
  agent: string;
  message: string;
  /** What was asked: the agent's address, its card's, or the token endpoint's. */
  url: string;
  statusCode?: number | undefined;
  /** Whether the call may be tried again as a whole. Default: `false`. */
  isRetryable?: boolean;
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
      cause: facts.cause,
      requestBodyValues: {},
      isRetryable,
      ...(statusCode !== undefined && { statusCode }),
      ...(responseHeaders !== undefined && { responseHeaders }),
    });
    this.name = name;
    this.agent = agent;
  }
}
