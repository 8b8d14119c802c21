import type { Outcome } from './settlement-state';

/** Whether a task's state means that the agent waits for its caller. */
export function isWaitingState(state: unknown): boolean {
  return state === 'input-required' || state === 'auth-required';
}

/** What a task's state means for its hold. Undefined while the agent works or waits. */
export function outcomeOfTask(state: string): Outcome | undefined {
  switch (state) {
    case 'completed':
      return { type: 'delivered' };
    case 'failed':
    case 'rejected':
    case 'canceled':
      return { type: 'failed', reason: `task-${state}` };
    default:
      return undefined;
  }
}
