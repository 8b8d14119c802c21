import { TaskState } from '@a2a-js/sdk';
import { ServerCallContext, type TaskStore } from '@a2a-js/sdk/server';
import { isOver } from '../task-states';
import type { OpenSale, TaskOwner } from './open-sale';
import { sayOf } from './task-events';

/** The owner of a task, as needed to load it from its store. */
export function ownerOf({ tenant, user }: ServerCallContext): TaskOwner {
  return {
    ...(tenant !== undefined && { tenant }),
    userName: user?.userName ?? '',
    isAuthenticated: user?.isAuthenticated ?? false,
  };
}

/**
 * Stores a final state for a task whose process was terminated, so that polling clients see its end. A task
 * that has already ended is not changed.
 *
 * @throws whatever the store throws.
 */
export async function endLeftTask(
  taskId: string,
  { owner }: Pick<OpenSale, 'owner'>,
  end: keyof typeof ends,
  taskStore: TaskStore | undefined,
): Promise<void> {
  if (owner === undefined) return;
  const { tenant, ...user } = owner;
  const context = new ServerCallContext({ user, ...(tenant !== undefined && { tenant }) });
  const task = await taskStore?.load(taskId, context);
  if (task === undefined || isOver(task.status?.state)) return;
  const { state, text } = ends[end];
  const { status } = sayOf({ taskId, contextId: task.contextId }, state, { text }).data;
  await taskStore?.save({ ...task, status }, context);
}

/** The final status, depending on the state of the payment. */
const ends = {
  refunded: {
    state: TaskState.TASK_STATE_CANCELED,
    text: 'The agent stopped before the task ended. The task is not charged.',
  },
  settled: { state: TaskState.TASK_STATE_COMPLETED, text: undefined },
  unresolved: {
    state: TaskState.TASK_STATE_FAILED,
    text: 'The agent stopped while it captured the payment.',
  },
};
