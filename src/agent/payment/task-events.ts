import {
  type Message,
  Role,
  type Task,
  type TaskArtifactUpdateEvent,
  TaskState,
  type TaskStatusUpdateEvent,
} from '@a2a-js/sdk';
import { AgentEvent, type AgentExecutionEvent, type RequestContext } from '@a2a-js/sdk/server';
import type { JSONObject } from '@ai-sdk/provider';

/** The current task, which must be the first event of every response. */
export function openTask({
  contextId,
  task,
  taskId,
  userMessage,
}: RequestContext): AgentExecutionEvent {
  return AgentEvent.task({
    ...(task ?? { id: taskId, contextId, artifacts: [], history: [userMessage], metadata: {} }),
    status: statusOf(TaskState.TASK_STATE_SUBMITTED),
  });
}

/** A status update with a text and metadata. */
export function sayOf(
  { contextId, taskId }: Pick<RequestContext, 'contextId' | 'taskId'>,
  state: TaskState,
  { text, metadata = {} }: { text?: string | undefined; metadata?: JSONObject | undefined },
) {
  const message = agentMessage({ contextId, id: taskId }, metadata, text);
  const status = { ...statusOf(state), message };
  return statusUpdate({ taskId, contextId, status, metadata: {} });
}

/**
 * Converts an executor's events to updates of the published task: a stream must not contain a second task, or
 * a message (A2A 1.0, section 3.1.2).
 */
export function asUpdates(
  event: AgentExecutionEvent,
  { contextId, task: known, taskId }: RequestContext,
): TaskUpdate[] {
  switch (event.kind) {
    case 'message': {
      const message = { ...event.data, contextId, taskId };
      const status = { ...statusOf(TaskState.TASK_STATE_COMPLETED), message };
      return [statusUpdate({ taskId, contextId, status, metadata: {} })];
    }
    case 'task': {
      const { artifacts, metadata, status } = event.data;
      const before = new Set(known?.artifacts.map((artifact) => JSON.stringify(artifact)));
      const own = artifacts.filter((artifact) => !before.has(JSON.stringify(artifact)));
      return [
        ...own.map((artifact) => artifactUpdate({ taskId, contextId, artifact })),
        statusUpdate({ taskId, contextId, status, metadata }),
      ];
    }
    default:
      return [event];
  }
}

export type TaskUpdate = Extract<AgentExecutionEvent, { kind: 'artifactUpdate' | 'statusUpdate' }>;

function artifactUpdate(about: Pick<TaskArtifactUpdateEvent, 'artifact' | 'contextId' | 'taskId'>) {
  const data = { ...about, append: false, lastChunk: true, metadata: {} };
  return { kind: 'artifactUpdate' as const, data };
}

function statusUpdate(data: TaskStatusUpdateEvent) {
  return { kind: 'statusUpdate' as const, data };
}

/** The event with added metadata. a2a-x402 reads it from the status message. */
export function withMetadata(event: TaskUpdate, metadata: JSONObject | undefined): TaskUpdate {
  if (metadata === undefined || event.kind === 'artifactUpdate') return event;
  const { contextId, status, taskId } = event.data;
  if (status === undefined) return event;
  const { message = agentMessage({ contextId, id: taskId }, {}) } = status;
  const told = {
    ...status,
    message: { ...message, metadata: { ...message.metadata, ...metadata } },
  };
  return statusUpdate({ ...event.data, status: told });
}

function agentMessage(
  { contextId, id }: Pick<Task, 'contextId' | 'id'>,
  metadata: JSONObject,
  text?: string,
): Message {
  const part = {
    content: { $case: 'text' as const, value: text ?? '' },
    mediaType: 'text/plain',
    filename: '',
    metadata: undefined,
  };
  return {
    messageId: crypto.randomUUID(),
    taskId: id,
    contextId,
    role: Role.ROLE_AGENT,
    parts: text === undefined ? [] : [part],
    metadata,
    extensions: [],
    referenceTaskIds: [],
  };
}

function statusOf(state: TaskState) {
  return { state, message: undefined, timestamp: new Date().toISOString() };
}
