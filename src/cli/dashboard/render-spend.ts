import type { SpendTotal } from '../../settlement/state/spend';
import type { DashboardView } from './dashboard-view';
import { type Html, html } from '../../wallet/html';
import { plotBars } from './plot-bars';
import { plotDays } from './plot-days';
import { showAmount } from '../../wallet/show-amount';
import { showPayee } from './show-payee';
import { linkTo } from './view-query';

/** What was spent, as sums and as plots, one set for each currency. */
export function renderSpend(view: DashboardView): Html {
  const { spend } = view;
  return html`<h2>Spend</h2>
    ${
      spend.totals.length === 0
        ? html`<p class="empty">No holds in these days.</p>`
        : spend.totals.map((total) => renderCurrency(view, total))
    }`;
}

function renderCurrency(view: DashboardView, total: SpendTotal): Html {
  const { query, spend } = view;
  const { currency } = total;
  const own = (totals: SpendTotal[]) => totals.filter((one) => one.currency === currency);
  return html`<div class="currency" data-currency="${currency}">
    <dl class="tiles">
      ${tile('Spent', total.spent, currency)} ${tile('To agents', total.paid, currency)}
      ${tile('Fees', total.fees, currency)} ${tile('Returned', total.refunded, currency)}
      ${tile('Open', total.open, currency)}
      ${total.disputed !== '0' && tile('In dispute', total.disputed, currency)}
      <div class="tile">
        <dt>Holds</dt>
        <dd data-of="Holds">${showAmount(String(total.holds))}</dd>
      </div>
    </dl>
    <figure class="days">
      <figcaption>${currency} by day</figcaption>
      ${plotDays(own(spend.byDay), { days: query.days, from: view.from, currency })}
    </figure>
    <div class="groups">
      <figure>
        <figcaption>${currency} by ${spend.isByAgent ? 'agent' : "agent's account"}</figcaption>
        ${plotBars(own(spend.byAgent), {
          currency,
          of: 'agent',
          valueOf: ({ group }) => group['agent'] ?? '',
          nameOf: (agent) => showPayee({ agent }, view.names),
          linkOf: (agent) => linkTo({ ...query, agent: query.agent === agent ? undefined : agent }),
          selected: query.agent,
        })}
      </figure>
      ${renderLabels(view, currency)}
    </div>
  </div>`;
}

function tile(name: string, amount: string, currency: string): Html {
  return html`<div class="tile">
    <dt>${name}</dt>
    <dd data-of="${name}"><span>${showAmount(amount)}</span> <small>${currency}</small></dd>
  </div>`;
}

function renderLabels({ query, spend }: DashboardView, currency: string): Html | false {
  const { byLabel, label, labels } = spend;
  if (label === undefined) return false;
  return html`<figure>
    <figcaption>
      ${currency} by label
      ${
        labels.length === 1
          ? label
          : html`<span class="tabs"
              >${labels
                .slice(0, mostTabs)
                .map(
                  (name) =>
                    html`<a
                      id="by-${currency}-${name}"
                      href="${linkTo({ ...query, by: name })}"
                      ${name === label && html`aria-current="true"`}
                      >${name}</a
                    > `,
                )}</span
            >`
      }
    </figcaption>
    ${plotBars(
      byLabel.filter((total) => total.currency === currency),
      {
        currency,
        of: label,
        valueOf: ({ group }) => group[`label:${label}`] ?? '',
        nameOf: (value) =>
          value === '' ? html`<span class="unknown">without</span>` : html`<span>${value}</span>`,
        linkOf: (value) =>
          linkTo({
            ...query,
            label:
              query.label?.name === label && query.label.value === value
                ? undefined
                : { name: label, value },
          }),
        selected: query.label?.name === label ? query.label.value : undefined,
      },
    )}
  </figure>`;
}

const mostTabs = 6;
