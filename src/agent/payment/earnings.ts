import { addAmounts } from '../../internal/decimal';
import type { SaleFact, SaleQuery, SaleRecord, SaleStore } from './sale-record';

/** A number of payments and their sum. */
export interface SaleTotal {
  count: number;
  /** The sum as a decimal text, for example `0.25`. */
  amount: string;
}

/** An agent's earnings on one rail in one currency. */
export interface Earnings {
  rail: string;
  /** Undefined for refused payments, since their claims are not verified. */
  currency?: string | undefined;
  /** Payments that were not valid. Their amounts are not counted. */
  refused: SaleTotal;
  /** Valid payments, by their maximum amount. */
  verified: SaleTotal;
  /** Payments whose work was done, by the value of the work. */
  worked: SaleTotal;
  /** Payments that the agent has received. */
  settled: SaleTotal;
  /** Payments that the payer has not released yet. */
  owed: SaleTotal;
  /** Payments that could not be captured although the work was done. */
  unsettled: SaleTotal;
  /** Payments that were refunded or never captured, because the work failed or was canceled. */
  refunded: SaleTotal;
  /** Payments whose process was terminated during the capture. Check them on the ledger. */
  unresolved: SaleTotal;
}

/**
 * An agent's earnings by rail and currency: the exact sums of its sale records. All events of payments that
 * started in the range `from` to `to` are counted, regardless of their own time.
 *
 * @throws whatever the store throws.
 *
 * @example
 * ```ts
 * import { earnings } from 'ai-sdk-a2a-settlement/agent';
 * import { saleStore } from 'ai-sdk-a2a-settlement/stores';
 *
 * const sales = saleStore({ storage });
 * for (const { rail, currency, settled } of await earnings(sales, { from: new Date('2026-11-01') })) {
 *   console.log(rail, settled.count, settled.amount, currency);
 * }
 * ```
 */
export async function earnings(
  sales: Pick<SaleStore, 'list'>,
  query: SaleQuery = {},
): Promise<Earnings[]> {
  const totals = new Map<string, Earnings>();
  let owed: SaleRecord | undefined;
  for await (const record of sales.list(query)) {
    const { currency, rail } = record;
    const key = JSON.stringify([rail, currency]);
    const total = totals.get(key) ?? emptyTotal(record);
    totals.set(key, total);
    // The records of one sale are adjacent: a settled sale is no longer counted as owed.
    if (owed !== undefined && owed.sale !== record.sale) owed = addOwed(owed, totals);
    if (record.event === 'owed') {
      owed = record;
      continue;
    }
    if (ends.has(record.event)) owed = undefined;
    add(total[record.event], record);
  }
  if (owed !== undefined) addOwed(owed, totals);
  return [...totals.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

const ends = new Set<SaleFact>(['settled', 'unsettled', 'refunded', 'unresolved']);

function addOwed(record: SaleRecord, totals: ReadonlyMap<string, Earnings>): undefined {
  const total = totals.get(JSON.stringify([record.rail, record.currency]));
  if (total !== undefined) add(total.owed, record);
}

function add(total: SaleTotal, { amount = '0' }: SaleRecord): void {
  total.count++;
  total.amount = String(addAmounts(total.amount, amount));
}

function keyOf({ currency = '', rail }: Earnings): string {
  return `${rail} ${currency}`;
}

function emptyTotal({ currency, rail }: SaleRecord): Earnings {
  const none = (): SaleTotal => ({ count: 0, amount: '0' });
  return {
    rail,
    ...(currency !== undefined && { currency }),
    refused: none(),
    verified: none(),
    worked: none(),
    settled: none(),
    owed: none(),
    unsettled: none(),
    refunded: none(),
    unresolved: none(),
  };
}
