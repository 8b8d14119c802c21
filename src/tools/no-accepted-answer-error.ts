import { AISDKError } from '@ai-sdk/provider';
import type { AgentReceipt } from './agent-receipt';

const name = 'AI_NoAcceptedAnswerError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/** One model that was called and whose answer was not accepted. */
export interface RefusedTry {
  /** The model id. */
  model: string;
  /**
   * - `refused`: `verify` did not accept the answer, or the agent requested input instead of answering.
   * - `failed`: the call failed.
   * - `over-budget`: it would have cost more than the remaining budget. Nothing was held.
   */
  outcome: 'refused' | 'failed' | 'over-budget';
  /** The receipt of its payment. Undefined if nothing was held. */
  receipt?: AgentReceipt | undefined;
  /**
   * For `failed` and `over-budget`: the error of the call. For `refused`: the error of `verify`, if it threw.
   */
  error?: unknown;
}

/**
 * All models were called, and no answer was accepted. `tries` contains the outcome of each. The AI SDK does
 * not retry this error: that would call, and hold for, all models again.
 */
export class NoAcceptedAnswerError extends AISDKError {
  private readonly [symbol] = true;

  /** In the order of the calls. */
  readonly tries: RefusedTry[];

  constructor({ tries }: { tries: RefusedTry[] }) {
    const list = tries.map(({ model, outcome, receipt }) =>
      receipt === undefined ? `${model} ${outcome}` : `${model} ${outcome} (${receipt.status})`,
    );
    super({
      name,
      message: `No answer was accepted: ${list.join(', ')}.`,
      cause: tries.findLast(({ error }) => error !== undefined)?.error,
    });
    this.tries = tries;
  }

  static isInstance(error: unknown): error is NoAcceptedAnswerError {
    return AISDKError.hasMarker(error, marker);
  }
}
