import { describeStep } from '../lib/describe-step';
import type { HoldStep, HoldStory } from '../lib/hold-story';
import './receipt.css';
import { Status } from './status';

/** What became of the money for one answer. */
export function Receipt({ hold, step }: { hold: HoldStory; step: HoldStep }) {
  return (
    <p className="receipt" data-status={step.status}>
      <Status status={step.status} />
      <span>{describeStep(hold, step)}</span>
    </p>
  );
}
