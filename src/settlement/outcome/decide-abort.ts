import type { Amount } from '../../rails/rail';
import type { Outcome } from '../state/settlement-state';
import type { QueriedTask } from './query-task';
import { outcomeOfTask } from '../state/task-states';

/** What happens to the hold of an aborted call if the task's state does not decide it. */
export type OnAbort = 'refund' | 'partial' | 'release';

/**
 * The outcome of a hold whose caller aborted. The agent was sent a cancel request; the actual state of its task
 * decides, and `onAbort` if the agent does not report it.
 */
export async function decideAbort({
  asked,
  measure,
  onAbort,
}: {
  /** The task's status, as the agent reports it. */
  asked: QueriedTask | undefined;
  /** The value of the answer so far, if it can be measured. */
  measure: () => Promise<Amount | undefined>;
  onAbort: OnAbort;
}): Promise<Outcome> {
  const refund: Outcome = { type: 'failed', reason: 'aborted' };
  const known = asked === undefined ? undefined : outcomeOfTask(asked.state);
  if (known !== undefined) return known.type === 'delivered' ? known : refund;
  if (onAbort === 'refund') return refund;
  if (onAbort === 'release') return { type: 'delivered' };
  const amount = await measure();
  return amount === undefined ? refund : { type: 'delivered', amount };
}
