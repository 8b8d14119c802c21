import { describeStep } from './describe-step';
import type { FoundStep, HoldStep, HoldStory } from './hold-story';
import { type Html, html, htmlOr } from './html';
import { showDuration, type ShowTime } from './show-time';

/** The content of `<settlement-receipt>`: a status, and what it means. */
export function renderReceipt({ hold, step }: FoundStep, showTime: ShowTime): Html {
  return html`${renderStatus(step.status)}
    <span
      >${htmlOr('The amount cannot be shown.', () => html`${describeStep(hold, step, showTime)}`)}</span
    >`;
}

export function renderStatus(status: string): Html {
  return html`<span class="status" data-status="${status}">${status}</span>`;
}

/** A step of a hold in the timeline, with the transactions that prove it. */
export function renderStep(
  hold: HoldStory,
  step: HoldStep,
  { isFirst, showTime }: { isFirst: boolean; showTime: ShowTime },
): Html {
  const { at, proof, status } = step;
  return html`<li class="step" data-status="${status}">
    ${renderStatus(status)}
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
    <p>${describeStep(hold, step, showTime)}</p>
    ${proof.map(
      ({ confirmedBy, network, transaction }) =>
        html`<p class="proof">
          transaction <code title="${transaction}">${transaction}</code> on ${network},
          ${confirmedBy === 'ledger' ? 'read from the ledger' : 'according to the agent'}
        </p>`,
    )}
  </li>`;
}
