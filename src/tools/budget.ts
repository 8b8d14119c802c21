import { InvalidArgumentError } from '@ai-sdk/provider';
import { isRecord } from '@ai-sdk/provider-utils';
import {
  addAmounts,
  compareAmounts,
  subtractAmounts,
  toAmount,
  type Amount,
} from '../internal/decimal';
import { EXCHANGE_CURRENCY } from '../internal/exchange-currency';
import { mostDecimals } from '../internal/is-amount';
import { type AgentReceipt, costOf, isOver } from './agent-receipt';
import { BudgetExceededError } from './budget-exceeded-error';

/**
 * The maximum amount that may be spent, excluding the ledger's fees: whole tokens of the exchange, or amounts
 * by currency code, where the exchange's code is `ATE`: `{ ATE: 50, USDC: '0.25' }`. Payments in other
 * currencies are refused.
 */
export type BudgetAmounts = number | Record<string, Amount>;

/** The amount that a call would hold. */
interface Quote {
  agent: string;
  amount: Amount;
  currency?: string;
}

interface Share {
  code: string;
  amount: Amount;
}

/** Tracks the costs of calls, including possible ones, and refuses calls that exceed the budget. */
export class Budget {
  /** Undefined: unlimited. */
  private readonly most: ReadonlyMap<string, Amount> | undefined;
  private readonly spent = new Map<string, Amount>();
  /** Approved amounts by call, until the receipt of the call arrives. */
  private readonly agreed = new Map<object, Share>();
  /** Amounts that may still change, by hold. */
  private readonly open = new Map<string, Share>();

  /** @throws InvalidArgumentError for an invalid amount. */
  constructor(budget: BudgetAmounts | undefined) {
    this.most = budget === undefined ? undefined : readBudget(budget);
  }

  /** @throws BudgetExceededError if nothing is left in any currency. */
  assertLeft(agent: string): void {
    if (this.most === undefined) return;
    const [first] = this.most.keys();
    const isLeft = [...this.most].some(
      ([code, most]) => compareAmounts(this.counted(code), most) < 0,
    );
    if (!isLeft)
      throw new BudgetExceededError({ agent, currency: first ?? EXCHANGE_CURRENCY, left: 0 });
  }

  /** @throws BudgetExceededError if the remaining budget is too small. Nothing is counted then. */
  agree(call: object, { agent, amount, currency }: Quote): void {
    const code = currency ?? EXCHANGE_CURRENCY;
    const counted = this.counted(code);
    if (this.most !== undefined) {
      const most = this.most.get(code) ?? 0;
      if (compareAmounts(addAmounts(counted, amount), most) > 0) {
        const left = subtractAmounts(most, counted);
        throw new BudgetExceededError({ agent, amount, currency: code, left });
      }
    }
    this.agreed.set(call, { code, amount });
  }

  /** Records the receipt of a hold: the hold that was approved for the call, or an earlier one. */
  note(call: object, receipt: AgentReceipt): void {
    const { escrowId } = receipt;
    const known = escrowId === undefined ? undefined : this.open.get(escrowId);
    const { code } = known ?? this.agreed.get(call) ?? { code: this.codeOf(receipt) };
    this.agreed.delete(call);
    const share = { code, amount: costOf(receipt) };
    if (escrowId !== undefined) this.open.delete(escrowId);
    if (isOver(receipt) || escrowId === undefined) {
      this.spent.set(code, addAmounts(this.spent.get(code) ?? 0, share.amount));
    } else {
      this.open.set(escrowId, share);
    }
  }

  /** The spent amount plus the amount that may still be spent. */
  private counted(code: string): Amount {
    const shares = [...this.agreed.values(), ...this.open.values()];
    return shares
      .filter((share) => share.code === code)
      .reduce((sum, { amount }) => addAmounts(sum, amount), this.spent.get(code) ?? 0);
  }

  /** For a hold that was created elsewhere: a continued task. */
  private codeOf({ currency }: AgentReceipt): string {
    return currency !== undefined && this.most?.has(currency) === true
      ? currency
      : EXCHANGE_CURRENCY;
  }
}

function readBudget(budget: BudgetAmounts): Map<string, Amount> {
  if (typeof budget === 'number') {
    return new Map([[EXCHANGE_CURRENCY, readAmount('budget', EXCHANGE_CURRENCY, budget)]]);
  }
  if (!isRecord(budget) || Array.isArray(budget) || Object.keys(budget).length === 0) {
    throw misused(
      'budget',
      "must be a whole number of the exchange's tokens, or amounts by the codes of their currencies: { ATE: 50, USDC: '0.25' }",
    );
  }
  return new Map(
    Object.entries(budget).map(([code, amount]) => {
      const argument = `budget.${code}`;
      if (code === 'tokens') throw misused(argument, "must be budget.ATE: the exchange's currency");
      return [code, readAmount(argument, code, amount)];
    }),
  );
}

function readAmount(argument: string, code: string, amount: unknown): Amount {
  try {
    return toAmount(amount, code === EXCHANGE_CURRENCY ? 0 : mostDecimals);
  } catch (error) {
    throw misused(argument, error instanceof Error ? error.message : 'must be an amount');
  }
}

function misused(argument: string, problem: string): InvalidArgumentError {
  return new InvalidArgumentError({ argument, message: `${argument} ${problem}.` });
}
