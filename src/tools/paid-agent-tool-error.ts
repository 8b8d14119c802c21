import { AISDKError } from '@ai-sdk/provider';
import { getErrorMessage } from '@ai-sdk/provider-utils';
import type { AgentReceipt } from './agent-receipt';

const name = 'AI_PaidAgentToolError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/** The agent of a `paidAgentTool` failed. `cause` is the error of its call. */
export class PaidAgentToolError extends AISDKError {
  private readonly [symbol] = true;

  /** The receipt of the payment. Undefined if nothing was held. */
  readonly receipt: AgentReceipt | undefined;

  constructor({ cause, receipt }: { cause: unknown; receipt: AgentReceipt | undefined }) {
    const payment = receipt === undefined ? '' : ` (payment: ${receipt.status})`;
    super({ name, message: `The agent failed${payment}: ${getErrorMessage(cause)}`, cause });
    this.receipt = receipt;
  }

  static isInstance(error: unknown): error is PaidAgentToolError {
    return AISDKError.hasMarker(error, marker);
  }
}
