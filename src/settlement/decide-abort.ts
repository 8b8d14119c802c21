import { askTaskState } from './ask-task-state';
import type { Outcome } from './settlement-state';

/**
 * What becomes of a hold whose caller aborted. The agent has been asked to cancel; how its task
 * really stands decides, and `onAbort` where the agent does not say.
 */
export async function decideAbort(
  model: unknown,
  taskId: string | undefined,
  onAbort: 'refund' | 'release',
): Promise<Outcome> {
  const state = taskId === undefined ? undefined : await askTaskState(model, taskId);
  const isEnded = state === 'failed' || state === 'rejected' || state === 'canceled';
  // An agent that was never reached has nothing to be paid for, whatever the policy.
  const isPaid =
    state === 'completed' || (onAbort === 'release' && taskId !== undefined && !isEnded);
  return isPaid ? { type: 'delivered' } : { type: 'failed', reason: 'aborted' };
}
