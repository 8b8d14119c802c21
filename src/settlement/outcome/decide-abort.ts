import type { Amount } from '../../rails/rail';
import type { Outcome } from '../state/settlement-state';
import type { QueriedTask } from './query-task';

/** What becomes of an aborted call's hold, where the task's state leaves it open. */
export type OnAbort = 'refund' | 'partial' | 'release';

/**
 * What becomes of a hold whose caller aborted. The agent has been asked to cancel; how its task
 * really stands decides, and `onAbort` where the agent does not say.
 */
export async function decideAbort({
  asked,
  measure,
  onAbort,
}: {
  /** What the agent says of its task. */
  asked: QueriedTask | undefined;
  /** What the answer was worth by then, where anybody can say. */
  measure: () => Promise<Amount | undefined>;
  onAbort: OnAbort;
}): Promise<Outcome> {
  const refund: Outcome = { type: 'failed', reason: 'aborted' };
  switch (asked?.state) {
    case 'completed':
      return { type: 'delivered' };
    case 'failed':
    case 'rejected':
    case 'canceled':
      return refund;
    default:
      break;
  }
  if (onAbort === 'refund') return refund;
  if (onAbort === 'release') return { type: 'delivered' };
  const amount = await measure();
  return amount === undefined ? refund : { type: 'delivered', amount };
}
