import { AISDKError } from '@ai-sdk/provider';
import { AgentCallError, type AgentCallFacts } from '../client/agent-call-error';

const name = 'AI_A2AAuthError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/**
 * The agent could not be given what it asks for to let the caller in: `auth` has none of it, or no
 * token was to be had. Nothing was sent to the agent then.
 */
export class A2AAuthError extends AgentCallError {
  private readonly [symbol] = true;

  /** `isRetryable` when the token endpoint could not be reached, or was not able to answer. */
  constructor(facts: AgentCallFacts) {
    super(name, facts);
  }

  static override isInstance(error: unknown): error is A2AAuthError {
    return AISDKError.hasMarker(error, marker);
  }
}
