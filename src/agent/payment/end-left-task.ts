import { TaskState } from '@a2a-js/sdk';
import { ServerCallContext, type TaskStore } from '@a2a-js/sdk/server';
import { isOver } from '../task-states';
import type { OpenSale, TaskOwner } from './open-sale';
import { sayOf } from './task-events';

/** Whose a task is, as its store finds it by that. */
export function ownerOf({ tenant, user }: ServerCallContext): TaskOwner {
  return {
    ...(tenant !== undefined && { tenant }),
    userName: user?.userName ?? '',
    isAuthenticated: user?.isAuthenticated ?? false,
  };
}

/**
 * Writes how a task ended that its process left, for who asks for it again and again. One that is over stays
 * as it is.
 *
 * @throws what the store throws.
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

/** As what became of their payments says. */
const ends = {
  refunded: {
    state: TaskState.TASK_STATE_CANCELED,
    text: 'The agent has left the task. It is not charged.',
  },
  settled: { state: TaskState.TASK_STATE_COMPLETED, text: undefined },
  unresolved: {
    state: TaskState.TASK_STATE_FAILED,
    text: 'The agent has left the task while it took the payment.',
  },
};
