import { AISDKError } from '@ai-sdk/provider';
import type { AgentReceipt } from './agent-receipt';

const name = 'AI_UnwatchedPaymentError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/**
 * A call was paid, but its settlement called neither `budget` nor `verify`: a layer between them removed the
 * watch from the call's `providerOptions`. The paid amount is counted.
 */
export class UnwatchedPaymentError extends AISDKError {
  private readonly [symbol] = true;

  /** The model id. */
  readonly agent: string;
  /** The receipt of the payment. */
  readonly receipt: AgentReceipt;

  constructor({ agent, receipt }: { agent: string; receipt: AgentReceipt }) {
    super({
      name,
      message: `The call of agent "${agent}" was settled (${receipt.status}) without checking the budget or verifying the answer: a middleware around the settled model copies or replaces providerOptions, or answers from a cache. Let it pass on providerOptions.settlement unchanged, or apply it inside the settlement.`,
    });
    this.agent = agent;
    this.receipt = receipt;
  }

  static isInstance(error: unknown): error is UnwatchedPaymentError {
    return AISDKError.hasMarker(error, marker);
  }
}
