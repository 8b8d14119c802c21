import { addAmounts, compareAmounts } from '../../internal/decimal';
import type { SpendTotal } from '../../settlement/state/spend';
import { type Html, html } from '../../wallet/html';
import { showAmount } from '../../wallet/show-amount';
import { partsOfSpend } from './parts-of-spend';

interface Bars {
  currency: string;
  /** What the bars stand for: `agent`, or the name of a label. */
  of: string;
  valueOf: (total: SpendTotal) => string;
  nameOf: (value: string) => Html;
  /** The page of one bar. */
  linkOf: (value: string) => string;
  /** The bar that the page is limited to. */
  selected: string | undefined;
}

const mostBars = 8;

/** A bar for each group, the greatest first, and one for all others. Widths are rounded, numbers are exact. */
export function plotBars(totals: SpendTotal[], bars: Bars): Html {
  const sorted = [...totals].sort(
    (one, other) => compareAmounts(other.spent, one.spent) || other.holds - one.holds,
  );
  const shown = sorted.slice(0, mostBars);
  const rest = sorted.slice(mostBars);
  const largest = Math.max(...sorted.map(widthOf), Number.MIN_VALUE);
  return html`<ul class="bars">
    ${shown.map((total) => renderBar(total, bars, largest))}
    ${rest.length > 0 && renderRest(rest, bars, largest)}
  </ul>`;
}

function renderBar(total: SpendTotal, bars: Bars, largest: number): Html {
  const { currency, linkOf, nameOf, of, selected, valueOf } = bars;
  const value = valueOf(total);
  return html`<li data-group="${value}">
    <a
      id="bar-${currency}-${of}-${value}"
      href="${linkOf(value)}"
      ${selected === value && html`aria-current="true"`}
      >${nameOf(value)}</a
    >
    ${figures(total, { currency, largest })}
  </li>`;
}

function renderRest(rest: SpendTotal[], { currency }: Bars, largest: number): Html {
  const total = rest.reduce((sum, one) => ({
    ...sum,
    holds: sum.holds + one.holds,
    spent: String(addAmounts(sum.spent, one.spent)),
    refunded: String(addAmounts(sum.refunded, one.refunded)),
    open: String(addAmounts(sum.open, one.open)),
    disputed: String(addAmounts(sum.disputed, one.disputed)),
  }));
  return html`<li data-group="">
    <span>${rest.length} others</span>
    ${figures(total, { currency, largest })}
  </li>`;
}

function figures(
  total: SpendTotal,
  { currency, largest }: { currency: string; largest: number },
): Html {
  const { disputed, holds, open, refunded, spent } = total;
  return html`<strong>${showAmount(spent)} ${currency}</strong> ${draw(total, largest)}
    <small
      >${holds}
      ${holds === 1 ? 'hold' : 'holds'}${
        refunded !== '0' && `, ${showAmount(refunded)} returned`
      }${open !== '0' && `, ${showAmount(open)} open`}${
        disputed !== '0' && `, ${showAmount(disputed)} in dispute`
      }</small
    >`;
}

function draw(total: SpendTotal, largest: number): Html {
  let start = 0;
  const rects = partsOfSpend(total).map(({ amount, kind }) => {
    const width = (Number(amount) / largest) * 100;
    const rect = html`<rect
      class="${kind}"
      x="${round(start)}"
      y="0"
      width="${round(width)}"
      height="8"
    />`;
    start += width;
    return rect;
  });
  return html`<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    ${rects}
  </svg>`;
}

/** For drawing only. */
function widthOf(total: SpendTotal): number {
  return partsOfSpend(total).reduce((sum, { amount }) => sum + Number(amount), 0);
}

function round(length: number): string {
  return length.toFixed(2);
}
