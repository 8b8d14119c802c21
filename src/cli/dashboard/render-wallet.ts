import type { DashboardView } from './dashboard-view';
import { type Html, html } from './html';
import { showAmount } from './show-amount';
import { showRail } from './show-agent';

/** What is available and what is held, in each currency. */
export function renderWallet({ balances }: DashboardView): Html {
  if (balances === undefined || balances.length === 0) {
    return html`<h2>Wallet</h2>
      <p class="empty">No balance can be shown.</p>`;
  }
  return html`<h2>Wallet</h2>
    <dl>
      ${balances.map(
        ({ account, available, currency, held, rail }) =>
          html`<div class="balance" data-currency="${currency}">
            <dt>
              ${currency} <span class="rail">${showRail(rail)}</span>
              ${account !== undefined && html`<code title="${account}">${account}</code>`}
            </dt>
            <dd class="available">
              <span>${showAmount(available)}</span> <small>available</small>
            </dd>
            ${
              held !== undefined &&
              html`<dd class="held" data-empty="${String(held === '0')}">
                <span>${showAmount(held)}</span> <small>held</small>
              </dd>`
            }
          </div>`,
      )}
    </dl>`;
}
