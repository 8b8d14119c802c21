import type { DashboardView } from './dashboard-view';
import { type Html, html } from '../../wallet/html';
import { renderBalances } from '../../wallet/render-balances';
import { renderUnderWay, renderUnresolved } from './render-current';
import { renderSpend } from './render-spend';
import { renderTimeline } from './render-timeline';
import { linkTo, ranges } from './view-query';

/** The parts of the page that change, by the ids of their elements. */
export function renderSections(view: DashboardView) {
  return {
    range: renderRange(view),
    problems: renderProblems(view),
    wallet: html`<h2>Wallet</h2>
      <settlement-wallet>${renderBalances(view.balances)}</settlement-wallet>`,
    'under-way': renderUnderWay(view),
    unresolved: renderUnresolved(view),
    spend: renderSpend(view),
    timeline: renderTimeline(view),
    hints: renderHints(view),
  } satisfies Record<string, Html>;
}

function renderRange({ names, query }: DashboardView): Html {
  const { agent, label } = query;
  const name = agent !== undefined && Object.hasOwn(names, agent) ? names[agent] : agent;
  return html`${ranges.map(
    (days) =>
      html`<a
        id="range-${days}"
        href="${linkTo({ ...query, days })}"
        ${days === query.days && html`aria-current="true"`}
        >${days === 1 ? 'Today' : `${days} days`}</a
      > `,
  )}
  ${
    agent !== undefined &&
    filter('agent', name || 'not known', linkTo({ ...query, agent: undefined }))
  }
  ${
    label !== undefined &&
    filter(label.name, label.value || 'without', linkTo({ ...query, label: undefined }))
  }`;
}

function filter(name: string, value: string, without: string): Html {
  return html`<a class="filter" id="filter-${name}" href="${without}" title="Show all"
    >${name}: ${value} <span aria-hidden="true">×</span><span class="hidden">, remove</span></a
  > `;
}

function renderProblems({ problems }: DashboardView): Html {
  return html`${problems.map((problem) => html`<p class="problem" role="alert">${problem}</p>`)}`;
}

function renderHints({ hints }: DashboardView): Html {
  if (hints.length === 0) return html``;
  return html`<h2>Not on this page</h2>
    <dl>
      ${hints.map(
        ({ how, missing }) =>
          html`<div>
            <dt>${missing}</dt>
            <dd>${withCode(how)}</dd>
          </div>`,
      )}
    </dl>`;
}

/** Text with code between backticks. */
function withCode(text: string): Html[] {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));
}
