import { AISDKError } from '@ai-sdk/provider';
import type { AgentReceipt } from './agent-receipt';

const name = 'AI_UnwatchedPaymentError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/**
 * A call was paid for, and its settlement asked neither the `budget` nor `verify`: something between the two
 * took them off the `providerOptions` of the call. What was paid is counted.
 */
export class UnwatchedPaymentError extends AISDKError {
  private readonly [symbol] = true;

  /** The model id. */
  readonly agent: string;
  /** What became of the payment. */
  readonly receipt: AgentReceipt;

  constructor({ agent, receipt }: { agent: string; receipt: AgentReceipt }) {
    super({
      name,
      message: `The call of agent "${agent}" was settled (${receipt.status}) without asking for the budget, or whether its answer is accepted: a middleware around the settled model copies or replaces providerOptions, or answers from a cache. Let it hand on all of providerOptions.settlement, or put it beneath the settlement.`,
    });
    this.agent = agent;
    this.receipt = receipt;
  }

  static isInstance(error: unknown): error is UnwatchedPaymentError {
    return AISDKError.hasMarker(error, marker);
  }
}
