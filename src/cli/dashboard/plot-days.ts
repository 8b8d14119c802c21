import { addAmounts, compareAmounts } from '../../internal/decimal';
import type { SpendTotal } from '../../settlement/state/spend';
import { type Html, html } from '../../wallet/html';
import { showAmount } from '../../wallet/show-amount';
import { showDay } from '../../wallet/show-time';
import { partsOfSpend } from './parts-of-spend';

const dayMs = 86_400_000;
const height = 100;

/** A column for each day, and a table with the exact numbers. */
export function plotDays(
  totals: SpendTotal[],
  { currency, days, from }: { currency: string; days: number; from: string },
): Html {
  const byDay = new Map(totals.map((total) => [total.group['day'] ?? '', total]));
  const dates = Array.from({ length: days }, (_, index) =>
    new Date(Date.parse(from) + index * dayMs).toISOString().slice(0, 10),
  );
  const largest = totals
    .map(allOf)
    .reduce((one, other) => (compareAmounts(one, other) < 0 ? other : one), '0');
  // Most people have none: as in the sums, it is shown only if there is some.
  const isDisputed = totals.some(({ disputed }) => disputed !== '0');
  const columns = dates.map((date, index) => {
    const total = byDay.get(date);
    return total === undefined
      ? html``
      : column(total, { currency, date, index, largest: Number(largest) || 1 });
  });
  const middle = dates[Math.floor(days / 2)] ?? '';
  return html`<div class="chart">
      <svg
        viewBox="0 0 ${days} ${height}"
        preserveAspectRatio="none"
        role="img"
        aria-label="${currency} by day, numbers in the table below"
      >
        <line class="grid" x1="0" x2="${days}" y1="0.5" y2="0.5" />
        <line class="grid" x1="0" x2="${days}" y1="${height / 2}" y2="${height / 2}" />
        ${columns}
      </svg>
      <span class="largest">${showAmount(largest)}</span>
    </div>
    <p class="axis">
      <span>${showDay(dates[0] ?? '')}</span>
      ${days > 2 && html`<span>${showDay(middle)}</span>`}
      ${days > 1 && html`<span>${showDay(dates.at(-1) ?? '')}</span>`}
    </p>
    <p class="legend">
      <span class="spent">spent</span> <span class="open">open</span>
      <span class="returned">returned</span> ${
        isDisputed && html`<span class="disputed">in dispute</span>`
      }
    </p>
    <details id="days-${currency}" class="table">
      <summary>Numbers</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Day (UTC)</th>
            <th scope="col">Holds</th>
            <th scope="col">Spent</th>
            <th scope="col">Open</th>
            <th scope="col">Returned</th>
            ${isDisputed && html`<th scope="col">In dispute</th>`}
          </tr>
        </thead>
        <tbody>
          ${[...totals].reverse().map(
            ({ disputed, group, holds, open, refunded, spent }) =>
              html`<tr>
                <th scope="row">${group['day']}</th>
                <td>${holds}</td>
                <td>${showAmount(spent)}</td>
                <td>${showAmount(open)}</td>
                <td>${showAmount(refunded)}</td>
                ${isDisputed && html`<td>${showAmount(disputed)}</td>`}
              </tr>`,
          )}
        </tbody>
      </table>
    </details>`;
}

function column(
  total: SpendTotal,
  {
    currency,
    date,
    index,
    largest,
  }: { currency: string; date: string; index: number; largest: number },
): Html {
  const { disputed, open, refunded, spent } = total;
  let top = height;
  const rects = partsOfSpend(total).map(({ amount, kind }) => {
    // For drawing only: all numbers on the page are exact.
    const tall = (Number(amount) / largest) * height;
    top -= tall;
    return html`<rect
      class="${kind}"
      x="${(index + 0.14).toFixed(2)}"
      y="${top.toFixed(2)}"
      width="0.72"
      height="${tall.toFixed(2)}"
    />`;
  });
  return html`<g>
    <title>
      ${showDay(date)}: ${showAmount(spent)} ${currency} spent, ${showAmount(open)} open,
      ${showAmount(refunded)} returned${disputed !== '0' && `, ${showAmount(disputed)} in dispute`}
    </title>
    ${rects}
  </g>`;
}

/** The whole column. */
function allOf(total: SpendTotal): string {
  return partsOfSpend(total).reduce((sum, { amount }) => String(addAmounts(sum, amount)), '0');
}
