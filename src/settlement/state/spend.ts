import { addAmounts } from '../../internal/decimal';
import type { Amount } from '../../rails/rail';
import type { SettlementEvent } from './settlement-events';
import type { SettlementReceipt } from './settlement-receipt';
import type { SettlementRecord } from './settlement-record';

/** What spending is grouped by, in addition to the currency: `label:team` is the value of the label `team`. */
export type SpendKey = 'agent' | 'day' | 'rail' | `label:${string}`;

/** The sums of one group in one currency. All amounts are exact decimal strings. */
export interface SpendTotal {
  /** The value of each key of `by`; an empty string where it is not known, or the call had no such label. */
  group: Record<string, string>;
  currency: string;
  /** The number of holds. */
  holds: number;
  /** What agents received. */
  paid: string;
  /** The fees of the ledger for it. */
  fees: string;
  /** `paid` and `fees`. */
  spent: string;
  /** What came back, including fees. */
  refunded: string;
  /** Held, or may still be taken, including fees. */
  open: string;
  /** In dispute, including fees and the stake. */
  disputed: string;
}

/** Sums that grow with each event or record. */
export interface SpendTotals {
  /** Adds an event or a record. A hold that is added several times counts once, with its latest outcome. */
  add(entry: SettlementEvent | SettlementRecord): void;
  /** The sums so far, sorted by their groups and currencies. */
  totals(): SpendTotal[];
}

/**
 * Adds up what was held, spent and refunded, by currency and by the given keys. Sums are exact.
 *
 * Takes records of a receipt store (`spend`), or events as they happen. Keeps a few values in memory for each hold.
 *
 * @example
 * ```ts
 * const spending = spendTotals({ by: ['label:team', 'agent'] });
 * for (const event of ['held', 'released', 'refunded', 'taken', 'disputed'] as const) {
 *   settlement.on(event, (told) => spending.add(told));
 * }
 * // Later:
 * console.table(spending.totals());
 * ```
 */
export function spendTotals({ by = [] }: { by?: SpendKey[] } = {}): SpendTotals {
  const holds = new Map<string, Entry>();
  return {
    add(given) {
      const entry = 'hold' in given ? ofRecord(given) : ofEvent(given);
      if (entry === undefined) return;
      const known = holds.get(entry.id);
      // The records of a hold may come in any order, and an end is final.
      if (known !== undefined && isOver(known) && !isOver(entry)) return;
      holds.set(entry.id, { ...entry, day: known?.day ?? entry.day });
    },
    totals: () => totalsOf(holds.values(), by),
  };
}

/**
 * Adds up the records of a receipt store, or events: see {@link spendTotals}.
 *
 * @throws any error of the store.
 *
 * @example
 * ```ts
 * const november = receipts.list({ from: new Date('2026-11-01'), to: new Date('2026-12-01') });
 * const totals = await spend(november, { by: ['label:team', 'agent', 'rail'] });
 * // [{ group: { 'label:team': 'search', agent: '…', rail: 'x402' }, currency: 'USDC', holds: 3, spent: '0.75', … }]
 * ```
 */
export async function spend(
  entries:
    | AsyncIterable<SettlementEvent | SettlementRecord>
    | Iterable<SettlementEvent | SettlementRecord>,
  options: { by?: SpendKey[] } = {},
): Promise<SpendTotal[]> {
  const spending = spendTotals(options);
  for await (const entry of entries) spending.add(entry);
  return spending.totals();
}

/** What counts of a hold. */
interface Entry {
  id: string;
  status: SettlementReceipt['status'];
  agent: string;
  rail: string;
  /** When it was held, in UTC: `2026-11-22`. */
  day: string;
  labels: Record<string, string>;
  currency: string;
  amount: Amount;
  fee: Amount;
  captured: Amount;
  returned: Amount;
  stake: Amount;
}

function ofRecord(record: SettlementRecord): Entry {
  const { agent = '', captured = 0, labels = {}, returned = 0, stake = 0 } = record;
  const { amount, currency, fee, heldAt, hold: id, rail, status } = record;
  const day = heldAt.slice(0, dayLength);
  return { id, status, agent, rail, day, labels, currency, amount, fee, captured, returned, stake };
}

/** Undefined for a call without a hold. */
function ofEvent({ agent, labels = {}, rail = '', receipt }: SettlementEvent): Entry | undefined {
  const { amount = 0, captured = 0, currency, escrowId, exchangeUrl, fee = 0, status } = receipt;
  const { returned = 0, stake = 0 } = receipt;
  if (escrowId === undefined || currency === undefined) return undefined;
  const day = new Date().toISOString().slice(0, dayLength);
  const id = JSON.stringify([rail, exchangeUrl, escrowId]);
  return { id, status, agent, rail, day, labels, currency, amount, fee, captured, returned, stake };
}

const dayLength = '2026-11-22'.length;

/** Whether the hold has ended. */
function isOver({ status }: Entry): boolean {
  return status !== 'kept' && status !== 'pending' && status !== 'disputed';
}

function totalsOf(entries: Iterable<Entry>, by: SpendKey[]): SpendTotal[] {
  const totals = new Map<string, SpendTotal>();
  for (const entry of entries) {
    const { currency } = entry;
    const values = by.map((key) => valueOf(entry, key));
    const key = JSON.stringify([...values, currency]);
    const group = Object.fromEntries(by.map((name, index) => [name, values[index] ?? '']));
    const total = totals.get(key) ?? { ...nothing, group, currency };
    totals.set(key, withEntry(total, entry));
  }
  return [...totals].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, total]) => total);
}

const nothing = {
  holds: 0,
  paid: '0',
  fees: '0',
  spent: '0',
  refunded: '0',
  open: '0',
  disputed: '0',
};

function withEntry(total: SpendTotal, entry: Entry): SpendTotal {
  const { amount, captured, fee, returned, stake, status } = entry;
  const held = sum(amount, fee);
  const counted = { ...total, holds: total.holds + 1 };
  switch (status) {
    case 'released':
    case 'partially-released':
    case 'taken':
      return {
        ...counted,
        paid: sum(total.paid, captured),
        fees: sum(total.fees, fee),
        spent: sum(total.spent, captured, fee),
        refunded: sum(total.refunded, returned),
      };
    case 'refunded':
    case 'late':
      return { ...counted, refunded: sum(total.refunded, returned) };
    case 'disputed':
      return { ...counted, disputed: sum(total.disputed, held, stake) };
    default:
      return { ...counted, open: sum(total.open, held) };
  }
}

function sum(...amounts: Amount[]): string {
  return amounts.reduce<string>((total, amount) => String(addAmounts(total, amount)), '0');
}

function valueOf(entry: Entry, key: SpendKey): string {
  switch (key) {
    case 'agent':
    case 'day':
    case 'rail':
      return entry[key];
    default: {
      const name = key.slice('label:'.length);
      return Object.hasOwn(entry.labels, name) ? (entry.labels[name] ?? '') : '';
    }
  }
}
