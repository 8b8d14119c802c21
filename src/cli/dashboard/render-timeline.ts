import { addAmounts } from '../../internal/decimal';
import type { DashboardView } from './dashboard-view';
import { describeStep } from './describe-step';
import type { HoldOutcome, HoldStep, HoldStory } from './hold-story';
import { type Html, html } from './html';
import { showAgent, showRail } from './show-agent';
import { showAmount } from './show-amount';
import { showDuration, showTime } from './show-time';
import { linkTo, type ViewQuery } from './view-query';

const outcomes: HoldOutcome[] = ['open', 'paid', 'returned', 'disputed', 'unresolved'];

/** Each hold and what became of it, the latest first. */
export function renderTimeline({ query, timeline }: DashboardView): Html {
  const { counts, stories, total } = timeline;
  const all = outcomes.reduce((sum, outcome) => sum + counts[outcome], 0);
  return html`<h2>Timeline</h2>
    <nav aria-label="Outcomes">
      ${tab('all', all, { ...query, show: undefined }, query.show === undefined)}
      ${outcomes
        .filter((outcome) => counts[outcome] > 0 || query.show === outcome)
        .map((outcome) =>
          tab(outcome, counts[outcome], { ...query, show: outcome }, query.show === outcome),
        )}
    </nav>
    ${
      stories.length === 0
        ? html`<p class="empty">No holds in these days.</p>`
        : html`<ol>
            ${stories.map(renderStory)}
          </ol>`
    }
    ${
      stories.length < total &&
      html`<p class="empty">
        The newest ${stories.length} of ${total} holds are listed.
        ${
          query.most < mostListed &&
          html`<a id="more" href="${linkTo({ ...query, most: query.most * 5 })}">Show more</a>`
        }
      </p>`
    }`;
}

const mostListed = 1000;

function tab(name: string, count: number, query: ViewQuery, isCurrent: boolean): Html {
  return html`<a id="show-${name}" href="${linkTo(query)}" ${isCurrent && current}
    >${name} <b class="count">${count}</b></a
  > `;
}

const current = html`aria-current="true"`;

function renderStory(hold: HoldStory): Html {
  const { agent, amount, currency, durationMs, fee, heldAt, id, labels, payee, rail } = hold;
  const total = String(addAmounts(amount, fee));
  const status = hold.steps.findLast((step) => step.status !== 'overcharged')?.status ?? 'held';
  return html`<li class="hold">
    <details id="hold-${id}">
      <summary>
        <time datetime="${heldAt}">${showTime(heldAt)}</time>
        <span class="name">${showAgent(agent, payee)}</span>
        <span class="labels" title="${namesAndValues(labels)}"
          >${Object.values(labels).join(' · ')}</span
        >
        <span class="rail">${showRail(rail)}</span>
        <span class="status" data-status="${status}">${status}</span>
        <span class="duration">${durationMs !== undefined && showDuration(durationMs)}</span>
        <strong>${showAmount(total)} ${currency}</strong>
      </summary>
      <ol>
        ${hold.steps.map((step, index) => renderStep(hold, step, index === 0))}
      </ol>
      <dl class="facts">
        ${fact('Hold', hold.escrowId)} ${fact('Payee', payee)} ${fact('Agent', agent)}
        ${fact('Ledger', hold.exchangeUrl)} ${fact('Expires', showTime(hold.expiresAt))}
        ${Object.entries(labels).map(([name, value]) => fact(name, value, 'label'))}
      </dl>
    </details>
  </li>`;
}

function namesAndValues(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}

function renderStep(hold: HoldStory, step: HoldStep, isFirst: boolean): Html {
  const { at, proof, status } = step;
  return html`<li class="step" data-status="${status}">
    <span class="status" data-status="${status}">${status}</span>
    ${
      at !== undefined &&
      html`<time datetime="${at}"
        >${
          isFirst
            ? showTime(at)
            : `+${showDuration(Math.max(0, Date.parse(at) - Date.parse(hold.heldAt)))}`
        }</time
      >`
    }
    <p>${describeStep(hold, step)}</p>
    ${proof.map(
      ({ confirmedBy, network, transaction }) =>
        html`<p class="proof">
          transaction <code title="${transaction}">${transaction}</code> on ${network},
          ${confirmedBy === 'ledger' ? 'read from the ledger' : 'according to the agent'}
        </p>`,
    )}
  </li>`;
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
