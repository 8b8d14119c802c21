import { type Amount, toAmountUp } from '../../internal/decimal';
import { digestOf } from '../../internal/digest-of';
import { mostDecimals } from '../../internal/is-amount';
import type { SaleFact, SaleRecord, SaleStore } from './sale-record';
import type { AcceptedPayment, PaymentClaim, Sale, SaleOutcome } from './accepted-payment';

/** The sale that a record belongs to. */
export type SaleSubject = Pick<SaleRecord, 'begunAt' | 'rail' | 'sale' | 'taskId'>;

/** The details of a payment, besides the event. */
export type SaleFacts = { [NAME in 'currency' | 'payer']?: Sale[NAME] | undefined } & Pick<
  SaleOutcome,
  'amount' | 'reason' | 'transaction'
>;

/** Reports and stores the events of payments to an agent. */
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

  /** Resolves when the record is stored. Never throws: a failing sale store does not stop paid work. */
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
      // An error of the listener must not affect the work or the payment.
    }
  }
}

/** An amount as stored. Undefined if it is invalid, since agents report values themselves. */
export function amountText(amount: Amount): string | undefined {
  try {
    return String(toAmountUp(amount, mostDecimals));
  } catch {
    return undefined;
  }
}

/** The id of a payment in the sale store: a digest, since the payment's own id may be a secret. */
export async function saleOf(
  { rail }: Pick<AcceptedPayment, 'rail'>,
  { id }: Pick<PaymentClaim, 'id'>,
): Promise<string> {
  return digestOf(rail, id);
}
