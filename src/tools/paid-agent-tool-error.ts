import { AISDKError } from '@ai-sdk/provider';
import { getErrorMessage } from '@ai-sdk/provider-utils';
import type { AgentReceipt } from './agent-receipt';

const name = 'AI_PaidAgentToolError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/** The agent behind a `paidAgentTool` failed. `cause` is what its call threw. */
export class PaidAgentToolError extends AISDKError {
  private readonly [symbol] = true;

  /** What became of its payment. Undefined where nothing was held. */
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
