import type { PurseFigures, SumFigures } from './demo-figures';
import type { LedgerLine } from './read-holds';
import type { Screen } from './screen';

/** Prints every hold on every rail with its outcome, then the sums and your balances. */
export function printLedger(
  screen: Screen,
  {
    lines,
    purses,
    sums,
  }: {
    lines: LedgerLine[];
    purses: Record<string, PurseFigures>;
    sums: Record<string, SumFigures>;
  },
): void {
  screen.table({
    header: ['agent', 'rail', 'held', 'released', 'refunded', 'taken', 'pending', 'in', 'proof'],
    left: [0, 1, 7, 8],
    rows: lines.map(({ figures, proof }) => [
      figures.agent,
      figures.rail,
      ...cells(figures),
      figures.currency,
      proof,
    ]),
    sums: Object.entries(sums).map(([currency, figures]) => [
      'sum',
      '',
      ...cells(figures),
      currency,
      `you: ${purses[currency]?.before} → ${purses[currency]?.after}`,
    ]),
  });
}

function cells({ held, released, refunded, taken, pending }: SumFigures): string[] {
  return [held, released, refunded, taken, pending].map((amount) =>
    amount === '0' ? '-' : amount,
  );
}
