import { AISDKError } from '@ai-sdk/provider';
import type { AgentReceipt } from './agent-receipt';

const name = 'AI_NoAcceptedAnswerError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/** One model that was asked, and whose answer was not accepted. */
export interface RefusedTry {
  /** The model id. */
  model: string;
  /**
   * - `refused`: `verify` did not accept the answer, or the agent asked back instead of answering.
   * - `failed`: the call failed.
   * - `over-budget`: it would have cost more than was left. Nothing was held.
   */
  outcome: 'refused' | 'failed' | 'over-budget';
  /** What became of its payment. Undefined where nothing was held. */
  receipt?: AgentReceipt | undefined;
  /** `failed`, `over-budget`: what the call threw. `refused`: what `verify` threw, if it did. */
  error?: unknown;
}

/**
 * All models were asked, and no answer was accepted. `tries` has what became of each. It is not retried by
 * the AI SDK: that would ask, and hold for, all of them again.
 */
export class NoAcceptedAnswerError extends AISDKError {
  private readonly [symbol] = true;

  /** In the order in which the models were asked. */
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
