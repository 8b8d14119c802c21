import type { SpendTotal } from '../../settlement/state/spend';

/** What a bar or a column is made of, in the order in which it is drawn. */
export function partsOfSpend({ disputed, open, refunded, spent }: SpendTotal) {
  return [
    { kind: 'spent', amount: spent },
    { kind: 'open', amount: open },
    { kind: 'returned', amount: refunded },
    { kind: 'disputed', amount: disputed },
  ] as const;
}
