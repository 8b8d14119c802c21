import { TaskState, type TaskStatusUpdateEvent } from '@a2a-js/sdk';
import { AgentEvent, type AgentExecutor, type ExecutionEventBus } from '@a2a-js/sdk/server';
import { isOver, isWaiting } from './task-states';

/**
 * Makes waiting tasks cancelable. After a cancel, the SDK waits for a final event of the executor without a
 * timeout. An executor that has already returned with a request for input often publishes none; in that case
 * this publishes the canceled status.
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
      // Ends the event stream: a task that ended or waits for input publishes no more events.
      if (isWaiting(last.state) || isOver(last.state)) {
        bus.finished();
      }
    },
  };
}

interface Seen {
  contextId: string;
  state: TaskState | undefined;
  /** The number of events with the task's state. */
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
