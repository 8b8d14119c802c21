import type { HoldStep } from '../lib/hold-story';
import './status.css';

/** The state of a hold, in a word and a colour. */
export function Status({ status }: Pick<HoldStep, 'status'>) {
  return (
    <span className="status" data-status={status}>
      {status}
    </span>
  );
}
