import type { JSONObject, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { CallWatch } from '../internal/call-watch';
import type { FinishedGeneration } from '../internal/finished-generation';
import { type AgentReceipt, readReceipt } from './agent-receipt';
import type { Budget } from './budget';
import { UnwatchedPaymentError } from './unwatched-payment-error';

type Judge = CallWatch['verify'];

/** One call of a model that may be paid: within a budget, and judged before it is paid for. */
export class WatchedCall implements CallWatch {
  /** The last that is known of what was held for the call. */
  receipt: AgentReceipt | undefined;
  /** Whether the answer was accepted before it was paid for. Undefined where nobody asked. */
  isAccepted: boolean | undefined;
  /** What the judge threw: then the answer is refused. */
  error: unknown;
  /** A settlement has asked or told. */
  private isHeard = false;
  private readonly budget: Budget;
  private readonly judge: Judge;
  private readonly outer: CallWatch | undefined;

  /** @param outer of a call of which this one is a part: it agrees, judges and hears as well. */
  constructor(budget: Budget, { judge, outer }: { judge: Judge; outer?: CallWatch | undefined }) {
    this.budget = budget;
    this.judge = judge;
    this.outer = outer;
  }

  /** @throws BudgetExceededError, and what the outer watch throws. */
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
   * Asked about each result: one that was paid for although no settlement has asked before is counted.
   *
   * @throws UnwatchedPaymentError
   */
  assertHeard(agent: string, metadata: SharedV4ProviderMetadata | undefined): void {
    const given = metadata?.['settlement'];
    const receipt = readReceipt(given);
    // Of a free call, nobody is asked or told.
    if (this.isHeard || given === undefined || receipt === undefined) return;
    if (receipt.status === 'unsettled') return;
    this.told(given);
    throw new UnwatchedPaymentError({ agent, receipt });
  }
}
