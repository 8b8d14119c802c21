import { AISDKError, APICallError } from '@ai-sdk/provider';

const name = 'AI_A2AAuthError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/**
 * The agent could not be given what it asks for to let the caller in: `auth` has none of it, or no
 * token was to be had. Nothing was sent to the agent then.
 */
export class A2AAuthError extends APICallError {
  private readonly [symbol] = true;

  readonly agent: string;

  constructor({
    agent,
    message,
    url,
    statusCode,
    isRetryable = false,
    cause,
  }: {
    agent: string;
    message: string;
    /** The agent's, or the token endpoint's. */
    url: string;
    statusCode?: number | undefined;
    /** `true` when the token endpoint could not be reached, or was not able to answer. */
    isRetryable?: boolean;
    cause?: unknown;
  }) {
    super({
      message,
      url,
      requestBodyValues: {},
      isRetryable,
      cause,
      ...(statusCode !== undefined && { statusCode }),
    });
    this.name = name;
    this.agent = agent;
  }

  static override isInstance(error: unknown): error is A2AAuthError {
    return AISDKError.hasMarker(error, marker);
  }
}
