import { AISDKError } from '@ai-sdk/provider';
import type { Amount } from '../internal/decimal';

const name = 'AI_BudgetExceededError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/** A call would cost more than the remaining `budget` of its tool or model. Nothing was held. */
export class BudgetExceededError extends AISDKError {
  private readonly [symbol] = true;

  /** The model id. */
  readonly agent: string;
  /** The amount that the call would have held. Undefined if its price was not requested. */
  readonly amount: Amount | undefined;
  /** The currency code: `ATE` for the exchange's tokens. */
  readonly currency: string;
  readonly left: Amount;

  constructor({
    agent,
    amount,
    currency,
    left,
  }: {
    agent: string;
    amount?: Amount;
    currency: string;
    left: Amount;
  }) {
    const price = amount === undefined ? '' : ` costs ${amount} ${currency} and`;
    super({
      name,
      message: `The call of agent "${agent}"${price} was not made: ${left} ${currency} are left of the budget.`,
    });
    this.agent = agent;
    this.amount = amount;
    this.currency = currency;
    this.left = left;
  }

  static isInstance(error: unknown): error is BudgetExceededError {
    return AISDKError.hasMarker(error, marker);
  }
}
