import { type Html, html, htmlOr } from './html';
import type { WalletBalance } from './read-wallet';
import { showRail } from './show-agent';
import { showAmount } from './show-amount';

/** The content of `<settlement-wallet>`: what is available and what is held, in each currency. */
export function renderBalances(balances: WalletBalance[] | undefined): Html {
  if (balances === undefined || balances.length === 0) {
    return html`<p class="empty">No balance can be shown.</p>`;
  }
  return html`<dl>
    ${balances.map((balance) =>
      htmlOr('This balance cannot be shown.', () => renderBalance(balance)),
    )}
  </dl>`;
}

function renderBalance(balance: WalletBalance): Html {
  const { account, authorized, available, currency, held, rail } = balance;
  return html`<div class="balance" data-currency="${currency}">
    <dt>
      ${currency} <span class="rail">${showRail(rail)}</span>
      ${account !== undefined && html`<code title="${account}">${account}</code>`}
    </dt>
    <dd class="available"><span>${showAmount(available)}</span> <small>available</small></dd>
    ${notAvailable(held, 'held')} ${notAvailable(authorized, 'authorized')}
  </div>`;
}

function notAvailable(amount: string | undefined, word: string): Html | false {
  return (
    amount !== undefined &&
    html`<dd class="${word}" data-empty="${String(amount === '0')}">
      <span>${showAmount(amount)}</span> <small>${word}</small>
    </dd>`
  );
}
