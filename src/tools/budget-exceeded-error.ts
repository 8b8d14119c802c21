import { AISDKError } from '@ai-sdk/provider';
import type { Amount } from '../internal/decimal';

const name = 'AI_BudgetExceededError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/** A call would cost more than is left of the `budget` of its tool or model. Nothing was held for it. */
export class BudgetExceededError extends AISDKError {
  private readonly [symbol] = true;

  /** The model id. */
  readonly agent: string;
  /** What the call would have held. Undefined where it was not even asked for its price. */
  readonly amount: Amount | undefined;
  /** The currency's code: `ATE` for the exchange's tokens. */
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
