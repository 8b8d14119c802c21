import { type Part, Role, TaskState } from '@a2a-js/sdk';
import {
  AgentEvent,
  type AgentExecutor,
  type ExecutionEventBus,
  type RequestContext,
} from '@a2a-js/sdk/server';
import { clock } from '../clock';
import type { Mortal } from '../mortal';

/** What the agent has done, on all machines. */
export interface Work {
  taskId: string;
  messageId: string;
  machine: Mortal;
  end: 'completed' | 'failed' | 'asked' | 'canceled' | undefined;
}

/** The bread of a task: whoever has this text has its content. */
export const breadOf = (taskId: string) => `bread of ${taskId}`;

/** The agent's own executor, on one machine. It knows nothing of money. */
export function bake(machineOf: () => Mortal, works: Work[]): AgentExecutor {
  const canceled = new Set<string>();
  return {
    async execute(request, bus) {
      const { task, taskId, contextId, userMessage } = request;
      const work: Work = {
        taskId,
        messageId: userMessage.messageId,
        machine: machineOf(),
        end: undefined,
      };
      if (!work.machine.isAlive) return;
      works.push(work);
      const [part] = userMessage.parts;
      const how = part?.content?.$case === 'text' ? part.content.value : '';
      const end = (state: TaskState, as: Work['end']) => {
        if (work.machine.isAlive) work.end = as;
        tell(bus, request, state);
      };
      bus.publish(
        AgentEvent.task({
          ...(task ?? { id: taskId, contextId, artifacts: [], history: [userMessage] }),
          metadata: {},
          status: { state: TaskState.TASK_STATE_WORKING, message: undefined, timestamp: undefined },
        }),
      );
      await clock.sleep(3);
      bus.publish(AgentEvent.artifactUpdate(pieceOf(request)));
      if (how === 'throws') {
        work.end = 'failed';
        throw new Error('The oven exploded.');
      }
      if (how === 'burns') return end(TaskState.TASK_STATE_FAILED, 'failed');
      if (how === 'asks') return end(TaskState.TASK_STATE_INPUT_REQUIRED, 'asked');
      for (let tick = 0; tick < (how === 'waits' ? 20 : 1) && !canceled.has(taskId); tick++) {
        await clock.sleep(4);
      }
      if (canceled.has(taskId)) return end(TaskState.TASK_STATE_CANCELED, 'canceled');
      end(TaskState.TASK_STATE_COMPLETED, 'completed');
    },
    async cancelTask(taskId) {
      canceled.add(taskId);
    },
  };
}

function tell(
  bus: ExecutionEventBus,
  { contextId, taskId }: RequestContext,
  state: TaskState,
): void {
  const message = {
    messageId: crypto.randomUUID(),
    role: Role.ROLE_AGENT,
    parts: [textPart(`It is ${state}.`)],
    taskId,
    contextId,
    metadata: {},
    extensions: [],
    referenceTaskIds: [],
  };
  const status = { state, timestamp: new Date().toISOString(), message };
  bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status, metadata: {} }));
}

function pieceOf({ contextId, taskId }: RequestContext) {
  return {
    taskId,
    contextId,
    artifact: {
      artifactId: 'bread',
      name: 'Bread',
      description: '',
      parts: [textPart(breadOf(taskId))],
      metadata: undefined,
      extensions: [],
    },
    append: false,
    lastChunk: true,
    metadata: undefined,
  };
}

function textPart(value: string): Part {
  return {
    content: { $case: 'text', value },
    mediaType: 'text/plain',
    filename: '',
    metadata: undefined,
  };
}
