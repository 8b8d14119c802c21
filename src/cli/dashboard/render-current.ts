import type { DashboardView, HeldNow, UnresolvedHold } from './dashboard-view';
import { type Html, html } from '../../wallet/html';
import { showRail } from '../../wallet/show-agent';
import { showAmount } from '../../wallet/show-amount';
import { showTime } from '../../wallet/show-time';
import { showPayee } from './show-payee';

/** The holds under way, whatever the page is filtered by. */
export function renderUnderWay({ names, underWay }: DashboardView): Html {
  if (underWay === undefined) {
    return html`<h2>Under way</h2>
      <p class="empty">Not known without a ledger.</p>`;
  }
  const { holds, sums, total } = underWay;
  return html`<h2>Under way <b class="count">${total}</b></h2>
    ${
      total > 0 &&
      html`<p class="sums">
        ${sums.map(({ amount, currency }) => html`<strong>${showAmount(amount)} ${currency}</strong> `)}
        in ${total === 1 ? '1 hold' : `${total} holds`}
      </p>`
    }
    ${
      total === 0
        ? html`<p class="empty">Nothing is held now.</p>`
        : html`<ul>
            ${holds.map((hold) => renderHeld(hold, names))}
          </ul>`
    }
    ${more(holds.length, total)}`;
}

function renderHeld(hold: HeldNow, names: DashboardView['names']): Html {
  const { currency, expiresAt, rail, state, total } = hold;
  const status = state === 'open' ? 'held' : state;
  return html`<li class="current">
    <span class="name">${showPayee(hold, names)}</span>
    <strong>${showAmount(total)} ${currency}</strong>
    <span class="status" data-status="${status}">${status}</span>
    <span class="rail">${showRail(rail)}</span>
    <small>until ${showTime(expiresAt)}</small>
  </li>`;
}

/** The holds that the application has not settled, and the button that reconciles them. */
export function renderUnresolved({ names, reconcile, unresolved }: DashboardView): Html {
  const { holds, total } = unresolved;
  return html`<h2>Unresolved <b class="count" data-some="${String(total > 0)}">${total}</b></h2>
    ${
      total === 0
        ? html`<p class="empty">Every hold is settled or under way.</p>`
        : html`<ul>
            ${holds.map((hold) => renderUnresolvedHold(hold, names))}
          </ul>`
    }
    ${more(holds.length, total)}
    ${
      reconcile !== undefined &&
      html`<form method="post" action="./reconcile">
          <button id="reconcile" ${reconcile.isRunning && busy}>
            ${reconcile.isRunning ? 'Reconciling…' : 'Reconcile'}
          </button>
        </form>
        ${reconcile.last !== undefined && renderResult(reconcile.last)}`
    }`;
}

// A disabled button would lose the focus.
const busy = html`aria-disabled="true"`;

function renderUnresolvedHold(hold: UnresolvedHold, names: DashboardView['names']): Html {
  const { currency = '', error, escrowId, heldAt, total, why } = hold;
  return html`<li class="current">
    <span class="name">${showPayee(hold, names)}</span>
    <strong>${showAmount(total)} ${currency}</strong>
    <span class="status" data-status="unresolved">${words[why]}</span>
    ${error !== undefined && html`<code>${error}</code>`}
    <small>since ${showTime(heldAt)}</small>
    ${escrowId !== undefined && html`<code class="id" title="${escrowId}">${escrowId}</code>`}
  </li>`;
}

const words = {
  failed: 'not settled',
  expired: 'expired, end not recorded',
  lost: 'not known whether it is held',
};

function renderResult({
  at,
  open,
  problem,
  settled,
  unresolved,
}: NonNullable<NonNullable<DashboardView['reconcile']>['last']>): Html {
  return html`<p class="result" role="status">
    Reconciled at ${showTime(at)}: ${settled} settled, ${open} open, ${unresolved} unresolved.
    ${problem !== undefined && html`<span class="problem">${problem}</span>`}
  </p>`;
}

function more(listed: number, total: number): Html | false {
  return listed < total && html`<p class="empty">The first ${listed} of ${total} are listed.</p>`;
}
