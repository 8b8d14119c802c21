import { addAmounts } from '../../internal/decimal';
import type { SaleFact, SaleQuery, SaleRecord, SaleStore } from './sale-record';

/** How many payments, and what they were in all: a decimal text. */
export interface SaleTotal {
  count: number;
  amount: string;
}

/** What an agent earned by one rail in one currency. */
export interface Earnings {
  rail: string;
  /** Left out for payments that were refused: nothing that they said is known to be true. */
  currency?: string | undefined;
  /** They were no good. */
  refused: SaleTotal;
  /** They were good: the most that was to be had. */
  verified: SaleTotal;
  /** Their work was done: what it was worth. */
  worked: SaleTotal;
  /** The agent has it. */
  settled: SaleTotal;
  /** Their payers have to release it yet. */
  owed: SaleTotal;
  /** Worked for, and not paid. */
  unsettled: SaleTotal;
  /** Given back, or never taken, as the work failed or was canceled. */
  refunded: SaleTotal;
  /** The ledger has to be looked at. */
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
    add(total[record.event === 'canceled' ? 'refunded' : record.event], record);
  }
  if (owed !== undefined) addOwed(owed, totals);
  return [...totals.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

const ends = new Set<SaleFact>(['settled', 'unsettled', 'canceled', 'unresolved']);

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
