import { type Amount, toAmountUp } from '../../internal/decimal';
import { digestOf } from '../../internal/digest-of';
import type { SaleFact, SaleRecord, SaleStore } from './sale-record';
import type { AcceptedPayment, PaymentClaim, Sale, SaleOutcome } from './accepted-payment';

/** Whom a record is about. */
export type SaleSubject = Pick<SaleRecord, 'begunAt' | 'rail' | 'sale' | 'taskId'>;

/** What is known of a payment, beside what happened. */
export type SaleFacts = { [NAME in 'currency' | 'payer']?: Sale[NAME] | undefined } & Pick<
  SaleOutcome,
  'amount' | 'reason' | 'transaction'
>;

/** Tells, and writes down, what becomes of the payments to an agent. */
export class SaleBook {
  private readonly store: Pick<SaleStore, 'append'> | undefined;
  private readonly onSale: ((record: SaleRecord) => void) | undefined;
  private readonly onError: ((error: unknown) => void) | undefined;

  constructor(options: {
    store?: Pick<SaleStore, 'append'> | undefined;
    onSale?: ((record: SaleRecord) => void) | undefined;
    onError?: ((error: unknown) => void) | undefined;
  }) {
    this.store = options.store;
    this.onSale = options.onSale;
    this.onError = options.onError;
  }

  /** Resolves when it is written down. Never throws: work that was paid for is not stopped by its books. */
  async note(
    { begunAt, rail, sale, taskId }: SaleSubject,
    event: SaleFact,
    facts: SaleFacts = {},
  ): Promise<void> {
    const { amount, currency, payer, reason, transaction } = facts;
    const text = amount === undefined ? undefined : amountText(amount);
    const record: SaleRecord = {
      sale,
      event,
      at: new Date().toISOString(),
      begunAt,
      rail,
      taskId,
      ...(text !== undefined && { amount: text }),
      ...(currency !== undefined && { currency }),
      ...(payer !== undefined && { payer }),
      ...(transaction !== undefined && { transaction }),
      ...(reason !== undefined && { reason }),
    };
    try {
      this.onSale?.(record);
    } catch (error) {
      this.tell(error);
    }
    try {
      await this.store?.append(record);
    } catch (error) {
      this.tell(error);
    }
  }

  tell(error: unknown): void {
    try {
      this.onError?.(error);
    } catch {
      // A listener's mistake is no reason to work for nothing, or to charge twice.
    }
  }
}

/** An amount as it is written down. Undefined for what is none, as an agent may say that its work is worth. */
export function amountText(amount: Amount): string | undefined {
  try {
    return String(toAmountUp(amount, mostDecimals));
  } catch {
    return undefined;
  }
}

/** No currency has more. */
const mostDecimals = 40;

/** Stands for a payment in the books, where what it is known by has no place. */
export async function saleOf(
  { rail }: Pick<AcceptedPayment, 'rail'>,
  { id }: Pick<PaymentClaim, 'id'>,
): Promise<string> {
  return digestOf(rail, id);
}
