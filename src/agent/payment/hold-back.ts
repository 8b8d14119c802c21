import { TaskArtifactUpdateEvent, TaskState } from '@a2a-js/sdk';
import type { ExecutionEventBus, RequestContext } from '@a2a-js/sdk/server';
import type { JSONValue } from '@ai-sdk/provider';
import { toJson } from '../../internal/to-json';
import { isOver, isWaiting } from '../task-states';
import { asUpdates, type TaskUpdate } from './task-events';

type Terminal = 'completed' | 'failed';

/** Events that an executor has published and that are withheld from the client. */
export interface HeldBack {
  /** Artifacts that wait for the payment. */
  artifacts: TaskUpdate[];
  /** The final event. */
  end?: { type: Terminal; event: TaskUpdate } | undefined;
  /** A request for input. */
  question?: TaskUpdate | undefined;
}

/**
 * Wraps the event bus of an executor. Artifacts pass through if `isShown`; the final event and requests for
 * input are withheld. Status updates pass through, since output belongs into artifacts.
 */
export function holdBack(
  bus: ExecutionEventBus,
  { isShown, request }: { isShown: boolean; request: RequestContext },
): { bus: ExecutionEventBus; held: HeldBack } {
  const held: HeldBack = { artifacts: [] };
  const take = (event: TaskUpdate) => {
    // Events after the final event are ignored.
    if (held.end !== undefined) return;
    const state = event.kind === 'statusUpdate' ? event.data.status?.state : undefined;
    const end = endOf(state);
    if (end !== undefined) held.end = { type: end, event };
    else if (isWaiting(state)) held.question = event;
    else if (isShown) bus.publish(event);
    else if (event.kind === 'statusUpdate') bus.publish(withoutThoughts(event));
    else held.artifacts.push(event);
  };
  const own = new Proxy(bus, {
    get(target, name) {
      if (name === 'publish') {
        return (event: Parameters<ExecutionEventBus['publish']>[0]) =>
          asUpdates(event, request).forEach(take);
      }
      // The bus is closed after the withheld events are published.
      if (name === 'finished') return () => {};
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { bus: own, held };
}

/** Reasoning is part of the answer, often all of it. */
function withoutThoughts(event: Extract<TaskUpdate, { kind: 'statusUpdate' }>): TaskUpdate {
  const { status } = event.data;
  const isThought = status?.message?.parts.some(({ metadata }) => metadata?.['thought'] === true);
  if (status === undefined || isThought !== true) return event;
  return { ...event, data: { ...event.data, status: { ...status, message: undefined } } };
}

function endOf(state: TaskState | undefined): Terminal | undefined {
  if (state === TaskState.TASK_STATE_COMPLETED) return 'completed';
  return isOver(state) ? 'failed' : undefined;
}

/** Serializes events as JSON. */
export function eventsToJson(events: readonly TaskUpdate[]): JSONValue[] {
  return events.flatMap((event) =>
    event.kind === 'artifactUpdate' ? [toJson(TaskArtifactUpdateEvent.toJSON(event.data))] : [],
  );
}

/** Restores the events of {@link eventsToJson}. */
export function eventsFromJson(events: readonly JSONValue[]): TaskUpdate[] {
  return events.map((event) => ({
    kind: 'artifactUpdate',
    data: TaskArtifactUpdateEvent.fromJSON(event),
  }));
}
