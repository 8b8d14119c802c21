import { type Html, html } from '../../wallet/html';
import { renderHolds } from '../../wallet/render-holds';
import { showTime } from '../../wallet/show-time';
import type { DashboardView } from './dashboard-view';
import { linkTo, mostListed, outcomes, type ViewQuery } from './view-query';

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
    <settlement-timeline>
      ${renderHolds(stories, { none: 'No holds in these days.', showTime })}
    </settlement-timeline>
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

function tab(name: string, count: number, query: ViewQuery, isCurrent: boolean): Html {
  return html`<a id="show-${name}" href="${linkTo(query)}" ${isCurrent && current}
    >${name} <b class="count">${count}</b></a
  > `;
}

const current = html`aria-current="true"`;
