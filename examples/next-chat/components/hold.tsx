import { describeStep, timeOf } from '../lib/describe-step';
import { type HoldStep, type HoldStory, latestStep } from '../lib/hold-story';
import { sumOf } from '../lib/sum-of';
import { Status } from './status';

const rails: Record<string, string> = {
  'a2a-se': 'Exchange',
  nevermined: 'Nevermined',
  x402: 'x402',
};

/** One hold of the timeline: its steps, and where each can be verified. */
export function Hold({ hold, name }: { hold: HoldStory; name: string }) {
  const { amount, currency, escrowId, fee, rail, steps } = hold;
  return (
    <li className="hold" data-status={latestStep(hold)?.status}>
      <header>
        <h3>{name}</h3>
        <span className="rail">{rails[rail] ?? rail}</span>
        <strong>
          {sumOf([amount, fee])} {currency}
        </strong>
      </header>
      <ol>
        {steps.map((step, index) => (
          <Step key={index} hold={hold} step={step} previous={steps[index - 1]} />
        ))}
      </ol>
      {rail === 'a2a-se' && (
        <p className="proof" title={escrowId}>
          escrow <code>{escrowId}</code>
        </p>
      )}
    </li>
  );
}

function Step({
  hold,
  step,
  previous,
}: {
  hold: HoldStory;
  step: HoldStep;
  previous: HoldStep | undefined;
}) {
  return (
    <li className="step" data-status={step.status}>
      <Status status={step.status} />
      <time dateTime={step.at}>
        {previous === undefined ? timeOf(step.at) : `+${secondsBetween(previous.at, step.at)} s`}
      </time>
      <p>{describeStep(hold, step)}</p>
      {step.transaction !== undefined && (
        <p className="proof" title={step.transaction}>
          transaction <code>{step.transaction}</code>
          {step.confirmedBy === 'ledger' ? ' on the ledger' : ' as the agent says'}
        </p>
      )}
    </li>
  );
}

function secondsBetween(from: string, to: string): string {
  return ((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1);
}
