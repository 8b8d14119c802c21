import { TaskState } from '@a2a-js/sdk';

const over = new Set<TaskState | undefined>([
  TaskState.TASK_STATE_COMPLETED,
  TaskState.TASK_STATE_FAILED,
  TaskState.TASK_STATE_CANCELED,
  TaskState.TASK_STATE_REJECTED,
]);

const waiting = new Set<TaskState | undefined>([
  TaskState.TASK_STATE_INPUT_REQUIRED,
  TaskState.TASK_STATE_AUTH_REQUIRED,
]);

/** Whether the state is terminal. */
export function isOver(state: TaskState | undefined): boolean {
  return over.has(state);
}

/** Whether the task waits for input from the client. */
export function isWaiting(state: TaskState | undefined): boolean {
  return waiting.has(state);
}
