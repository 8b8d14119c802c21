import { AISDKError } from '@ai-sdk/provider';
import { AgentCallError, type AgentCallFacts } from '../client/agent-call-error';

const name = 'AI_A2AAuthError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/**
 * The authentication that the agent requires is not available: `auth` has no matching credentials, or no token
 * could be obtained. No request was sent to the agent.
 */
export class A2AAuthError extends AgentCallError {
  private readonly [symbol] = true;

  /** `isRetryable` if the token endpoint could not be reached, or was temporarily unavailable. */
  constructor(facts: AgentCallFacts) {
    super(name, facts);
  }

  static override isInstance(error: unknown): error is A2AAuthError {
    return AISDKError.hasMarker(error, marker);
  }
}
