import { type Message, Role, TaskState, type Task } from '@a2a-js/sdk';
import { AgentEvent, type AgentExecutionEvent, type RequestContext } from '@a2a-js/sdk/server';
import type { JSONObject } from '@ai-sdk/provider';

/** The task as it stands, which every message has to be answered with first. */
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

/** What the agent says of a task, in words and in metadata. */
export function sayOf(
  request: RequestContext,
  state: TaskState,
  { text, metadata = {} }: { text?: string | undefined; metadata?: JSONObject | undefined },
): AgentExecutionEvent {
  const { contextId, taskId } = request;
  const message = agentMessage({ contextId, id: taskId }, metadata, text);
  const status = { ...statusOf(state), message };
  return AgentEvent.statusUpdate({ taskId, contextId, status, metadata: {} });
}

/** The same event, and what is to be told with it. */
export function withMetadata(
  event: AgentExecutionEvent,
  metadata: JSONObject | undefined,
): AgentExecutionEvent {
  if (metadata === undefined) return event;
  switch (event.kind) {
    case 'message':
      return AgentEvent.message({
        ...event.data,
        metadata: { ...event.data.metadata, ...metadata },
      });
    case 'task': {
      const { status, ...task } = event.data;
      return AgentEvent.task({ ...task, status: toldWith(status, task, metadata) });
    }
    case 'statusUpdate': {
      const { contextId, status, taskId } = event.data;
      const told = toldWith(status, { contextId, id: taskId }, metadata);
      return AgentEvent.statusUpdate({ ...event.data, status: told });
    }
    case 'artifactUpdate':
      return event;
  }
}

/** a2a-x402 has it in the message of the status. */
function toldWith(
  status: Task['status'],
  of: Pick<Task, 'contextId' | 'id'>,
  metadata: JSONObject,
): Task['status'] {
  if (status === undefined) return undefined;
  const { message = agentMessage(of, {}) } = status;
  return { ...status, message: { ...message, metadata: { ...message.metadata, ...metadata } } };
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
