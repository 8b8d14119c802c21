import type { AccountFigures } from './demo-figures';
import type { Screen } from './screen';

/** Every account before and after, and their sum. */
export function printLedger(screen: Screen, balances: Record<string, AccountFigures>): void {
  const accounts = Object.entries(balances);
  const sumOf = (figure: keyof AccountFigures) =>
    accounts.reduce((sum, [, account]) => sum + account[figure], 0);
  const all = { before: sumOf('before'), after: sumOf('after'), held: sumOf('held') };

  screen.table(
    ['account', 'before', 'after', 'change', 'still held'],
    [...accounts, ['all together', all] as const].map(([name, { before, after, held }]) => [
      name,
      `${before}`,
      `${after}`,
      signed(after - before),
      `${held}`,
    ]),
  );
}

function signed(change: number): string {
  return change > 0 ? `+${change}` : `${change}`;
}
