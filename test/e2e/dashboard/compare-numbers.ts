import { expect } from 'vitest';
import { show } from './expected-numbers';
import type { ShownNumbers } from './read-page';

/** The numbers of one look agree with one another, whatever happens meanwhile. */
export function expectConsistent({ bars, counts, days, spend }: ShownNumbers) {
  const total = spend['ATE'];
  if (total === undefined) return;
  const spent = numberOf(total['Spent']);
  expect(numberOf(total['To agents']) + numberOf(total['Fees'])).toBe(spent);
  for (const rows of Object.values(bars)) {
    expect(rows.reduce((sum, [, amount]) => sum + numberOf(amount), 0)).toBe(spent);
  }
  expect(days['ATE']?.reduce((sum, row) => sum + numberOf(row[2]), 0)).toBe(spent);
  const { all, ...outcomes } = counts;
  expect(all).toBe(total['Holds']);
  expect(Object.values(outcomes).reduce((sum, each) => sum + Number(each), 0)).toBe(Number(all));
}

/** With the sums of all days. */
export function comparable(shown: ShownNumbers): ShownNumbers {
  const days = Object.entries(shown.days).map(([currency, rows]) => {
    const sums = [1, 2, 3, 4].map((column) =>
      show(rows.reduce((sum, row) => sum + numberOf(row[column]), 0)),
    );
    return [currency, [sums]];
  });
  return { ...shown, days: Object.fromEntries(days), timeline: [] };
}

function numberOf(text = ''): number {
  return Number(text.replace(/ .*/, '').replaceAll(',', ''));
}

/** The status of a row of the timeline, as the exchange calls it. */
export function statusOf(row: string): string {
  const [status = ''] = row.split(' ');
  return status === 'kept' ? 'held' : status;
}

/** How often each value is there. */
export function countsOf(values: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values.sort()) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
