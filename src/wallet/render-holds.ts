import { addAmounts } from '../internal/decimal';
import type { HoldStep, HoldStory } from './hold-story';
import { type Html, html, htmlOr } from './html';
import { renderStatus, renderStep } from './render-step';
import { showAgent, showRail } from './show-agent';
import { showAmount } from './show-amount';
import { showDuration, type ShowTime } from './show-time';

/** The content of `<settlement-timeline>`: each hold and what became of it, in the given order. */
export function renderHolds(
  holds: HoldStory[],
  { isOpen = false, none, showTime }: { isOpen?: boolean; none: string; showTime: ShowTime },
): Html {
  return holds.length === 0
    ? html`<p class="empty">${none}</p>`
    : html`<ol>
        ${holds.map(
          (hold) =>
            html`<li class="hold" data-status="${statusOf(hold)}">
              ${htmlOr('This hold cannot be shown.', () => renderHold(hold, { isOpen, showTime }))}
            </li>`,
        )}
      </ol>`;
}

function statusOf({ steps }: HoldStory): HoldStep['status'] {
  return steps.findLast(({ status }) => status !== 'overcharged')?.status ?? 'held';
}

function renderHold(
  hold: HoldStory,
  { isOpen, showTime }: { isOpen: boolean; showTime: ShowTime },
): Html {
  const { agent, amount, currency, durationMs, fee, heldAt, id, labels, name, payee, rail } = hold;
  const total = String(addAmounts(amount, fee));
  return html`<details id="hold-${id}" ${isOpen && html`open`}>
    <summary>
      <time datetime="${heldAt}">${showTime(heldAt)}</time>
      <span class="name">${showAgent(agent, payee, name)}</span>
      <span class="labels" title="${namesAndValues(labels)}"
        >${Object.values(labels).join(' · ')}</span
      >
      <span class="rail">${showRail(rail)}</span>
      ${renderStatus(statusOf(hold))}
      <span class="duration">${durationMs !== undefined && showDuration(durationMs)}</span>
      <strong>${showAmount(total)} ${currency}</strong>
    </summary>
    <ol>
      ${hold.steps.map((step, index) => renderStep(hold, step, { isFirst: index === 0, showTime }))}
    </ol>
    <dl class="facts">
      ${fact('Hold', hold.escrowId)} ${fact('Payee', payee)} ${fact('Agent', agent)}
      ${fact('Ledger', hold.exchangeUrl)} ${fact('Expires', showTime(hold.expiresAt))}
      ${Object.entries(labels).map(([label, value]) => fact(label, value, 'label'))}
    </dl>
  </details>`;
}

function namesAndValues(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}

function fact(name: string, value: string | undefined, kind = 'fact'): Html | false {
  return (
    value !== undefined &&
    html`<div class="${kind}">
      <dt>${name}</dt>
      <dd><code>${value}</code></dd>
    </div>`
  );
}
