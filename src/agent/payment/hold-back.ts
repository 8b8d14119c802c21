import { Task, TaskArtifactUpdateEvent, TaskState } from '@a2a-js/sdk';
import { AgentEvent, type AgentExecutionEvent, type ExecutionEventBus } from '@a2a-js/sdk/server';
import type { JSONValue } from '@ai-sdk/provider';
import { isRecord } from '@ai-sdk/provider-utils';
import { isOver, isWaiting } from '../task-states';

type Terminal = 'completed' | 'failed';

/** What an executor has published, and nobody has heard yet. */
export interface HeldBack {
  /** What it made, where that waits for its payment. */
  artifacts: AgentExecutionEvent[];
  /** Its last word. */
  end?: { type: Terminal; event: AgentExecutionEvent } | undefined;
  /** It asks back. */
  question?: AgentExecutionEvent | undefined;
}

/**
 * The bus as an executor gets it: what it makes passes if `isShown`, and its last word, or its question,
 * waits.
 */
export function holdBack(
  bus: ExecutionEventBus,
  {
    isShown,
    first,
  }: {
    isShown: boolean;
    /** Completes the task's first event. */
    first: (event: AgentExecutionEvent) => AgentExecutionEvent;
  },
): { bus: ExecutionEventBus; held: HeldBack } {
  const held: HeldBack = { artifacts: [] };
  let isFirst = true;
  const publish = (event: AgentExecutionEvent) => {
    // What comes after the end is nobody's.
    if (held.end !== undefined) return;
    const told = isFirst ? first(event) : event;
    isFirst = false;
    const end = endOf(told);
    if (end !== undefined) held.end = { type: end, event: told };
    else if (isQuestion(told)) held.question = told;
    else if (isShown || !hasContent(told)) bus.publish(told);
    else held.artifacts.push(told);
  };
  const own = new Proxy(bus, {
    get(target, name) {
      if (name === 'publish') return publish;
      // Closed by whoever publishes what was held back.
      if (name === 'finished') return () => {};
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { bus: own, held };
}

function endOf(event: AgentExecutionEvent): Terminal | undefined {
  switch (event.kind) {
    case 'message':
      return 'completed';
    case 'task':
    case 'statusUpdate':
      return endOfState(event.data.status?.state);
    default:
      return undefined;
  }
}

function endOfState(state: TaskState | undefined): Terminal | undefined {
  if (state === TaskState.TASK_STATE_COMPLETED) return 'completed';
  return isOver(state) ? 'failed' : undefined;
}

function isQuestion(event: AgentExecutionEvent): boolean {
  const tells = event.kind === 'task' || event.kind === 'statusUpdate';
  return tells && isWaiting(event.data.status?.state);
}

/** A status may say how the work goes on; what was made is in artifacts. */
function hasContent(event: AgentExecutionEvent): boolean {
  return (
    event.kind === 'artifactUpdate' || (event.kind === 'task' && event.data.artifacts.length > 0)
  );
}

/** Events with content, as JSON. */
export function eventsToJson(events: readonly AgentExecutionEvent[]): JSONValue[] {
  return events.flatMap((event): JSONValue[] => {
    if (event.kind === 'artifactUpdate') {
      return [toJson({ artifactUpdate: TaskArtifactUpdateEvent.toJSON(event.data) })];
    }
    return event.kind === 'task' ? [toJson({ task: Task.toJSON(event.data) })] : [];
  });
}

/** The events that {@link eventsToJson} wrote. */
export function eventsFromJson(events: readonly JSONValue[]): AgentExecutionEvent[] {
  return events.flatMap((event) => {
    if (!isRecord(event)) return [];
    const { artifactUpdate, task } = event;
    if (artifactUpdate !== undefined) {
      return [AgentEvent.artifactUpdate(TaskArtifactUpdateEvent.fromJSON(artifactUpdate))];
    }
    return task === undefined ? [] : [AgentEvent.task(Task.fromJSON(task))];
  });
}

function toJson(value: unknown): JSONValue {
  return JSON.parse(JSON.stringify(value));
}
