import type { JSONObject, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { CallWatch } from '../internal/call-watch';
import type { FinishedGeneration } from '../internal/finished-generation';
import { type AgentReceipt, readReceipt } from './agent-receipt';
import type { Budget } from './budget';
import { UnwatchedPaymentError } from './unwatched-payment-error';

type Judge = CallWatch['verify'];

/** One model call that may be paid: checked against a budget, and verified before settlement. */
export class WatchedCall implements CallWatch {
  /** The latest receipt of the call's hold. */
  receipt: AgentReceipt | undefined;
  /** Whether the answer was accepted before settlement. Undefined if this was not checked. */
  isAccepted: boolean | undefined;
  /** The error of the verification, if it threw: the answer is refused. */
  error: unknown;
  /** Whether a settlement has called this watch. */
  private isHeard = false;
  private readonly budget: Budget;
  private readonly judge: Judge;
  private readonly outer: CallWatch | undefined;

  /**
   * @param outer the watch of the call that contains this one. It also approves, verifies and receives
   * receipts.
   */
  constructor(budget: Budget, { judge, outer }: { judge: Judge; outer?: CallWatch | undefined }) {
    this.budget = budget;
    this.judge = judge;
    this.outer = outer;
  }

  /** @throws BudgetExceededError, and whatever the outer watch throws. */
  approve(quote: Parameters<CallWatch['approve']>[0]): void {
    this.isHeard = true;
    this.budget.agree(this, quote);
    try {
      this.outer?.approve(quote);
    } catch (error) {
      this.budget.note(this, { status: 'unsettled' });
      throw error;
    }
  }

  /** Never throws. */
  async verify(answer: FinishedGeneration, about: { isQuestion: boolean }): Promise<boolean> {
    try {
      const isAccepted = await this.judge(answer, about);
      this.isAccepted = isAccepted && ((await this.outer?.verify(answer, about)) ?? true);
    } catch (error) {
      this.error = error;
      this.isAccepted = false;
    }
    return this.isAccepted;
  }

  told(given: JSONObject): void {
    this.isHeard = true;
    const receipt = readReceipt(given);
    if (receipt === undefined) return;
    this.budget.note(this, receipt);
    if (receipt.status !== 'unsettled') this.receipt = receipt;
    this.outer?.told(given);
  }

  /**
   * Checks each result: counts a payment whose settlement did not call this watch.
   *
   * @throws UnwatchedPaymentError
   */
  assertHeard(agent: string, metadata: SharedV4ProviderMetadata | undefined): void {
    const given = metadata?.['settlement'];
    const receipt = readReceipt(given);
    // A free call does not use the watch.
    if (this.isHeard || given === undefined || receipt === undefined) return;
    if (receipt.status === 'unsettled') return;
    this.told(given);
    throw new UnwatchedPaymentError({ agent, receipt });
  }
}
