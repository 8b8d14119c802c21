import { TaskState, type TaskStatusUpdateEvent } from '@a2a-js/sdk';
import { AgentEvent, type AgentExecutor, type ExecutionEventBus } from '@a2a-js/sdk/server';
import { isOver, isWaiting } from './task-states';

/**
 * Lets tasks that wait be canceled. The SDK answers a cancel when the executor has told of an end,
 * and waits for that without end; but an executor that has returned with a question has nothing
 * under way to end, and often says nothing. Then this says that the task is canceled.
 */
export function cancelableExecutor(executor: AgentExecutor): AgentExecutor {
  const seen = new WeakMap<ExecutionEventBus, Seen>();

  return {
    execute(request, bus) {
      if (!seen.has(bus)) {
        const { contextId } = request;
        const last: Seen = { contextId, state: undefined, events: 0 };
        seen.set(bus, last);
        bus.on('event', (event) => {
          if (event.kind === 'task' || event.kind === 'statusUpdate') {
            last.state = event.data.status?.state;
            last.events++;
          }
        });
      }
      return executor.execute(request, bus);
    },

    async cancelTask(taskId, bus) {
      const last = seen.get(bus);
      if (last === undefined || !isWaiting(last.state)) {
        return executor.cancelTask(taskId, bus);
      }
      const { events } = last;
      await executor.cancelTask(taskId, bus);
      if (last.events === events) {
        bus.publish(AgentEvent.statusUpdate(canceled(taskId, last.contextId)));
      }
      // Whoever listens would wait for more: nothing comes of a task that is over, or that waits.
      if (isWaiting(last.state) || isOver(last.state)) {
        bus.finished();
      }
    },
  };
}

interface Seen {
  contextId: string;
  state: TaskState | undefined;
  /** How many told of the task's state. */
  events: number;
}

function canceled(taskId: string, contextId: string): TaskStatusUpdateEvent {
  return {
    taskId,
    contextId,
    status: {
      state: TaskState.TASK_STATE_CANCELED,
      message: undefined,
      timestamp: new Date().toISOString(),
    },
    metadata: {},
  };
}
