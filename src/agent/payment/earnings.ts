import { addAmounts } from '../../internal/decimal';
import type { SaleFact, SaleQuery, SaleRecord, SaleStore } from './sale-record';

/** A number of payments and their sum. */
export interface SaleTotal {
  count: number;
  /** The sum as a decimal text, for example `0.25`. */
  amount: string;
}

/** What an agent earned by one rail in one currency. */
export interface Earnings {
  rail: string;
  /** Left out for refused payments: none of their claims is known to be true. */
  currency?: string | undefined;
  /** Payments that were not valid. Their amounts do not count. */
  refused: SaleTotal;
  /** Payments that were valid, by the most that each could pay. */
  verified: SaleTotal;
  /** Payments whose work was done, by what the work was worth. */
  worked: SaleTotal;
  /** Payments that the agent has received. */
  settled: SaleTotal;
  /** Payments that their payers have not released yet. */
  owed: SaleTotal;
  /** Payments that could not be taken although the work was done. */
  unsettled: SaleTotal;
  /** Payments that were given back or never taken, because the work failed or was canceled. */
  refunded: SaleTotal;
  /** Payments whose process died while it took them. Look them up on the ledger. */
  unresolved: SaleTotal;
}

/**
 * What an agent earned, by rail and currency: its books added up, exactly. Payments of the range `from` to
 * `to` count with all that became of them, whenever that was.
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
    // The records of one sale follow one another: what is settled is not owed any more.
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
