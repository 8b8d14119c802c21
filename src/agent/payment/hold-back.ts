import { TaskState } from '@a2a-js/sdk';
import type { AgentExecutionEvent, ExecutionEventBus } from '@a2a-js/sdk/server';

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
      return ends.get(event.data.status?.state ?? TaskState.TASK_STATE_UNSPECIFIED);
    default:
      return undefined;
  }
}

const ends = new Map<TaskState, Terminal>([
  [TaskState.TASK_STATE_COMPLETED, 'completed'],
  [TaskState.TASK_STATE_FAILED, 'failed'],
  [TaskState.TASK_STATE_REJECTED, 'failed'],
  [TaskState.TASK_STATE_CANCELED, 'failed'],
]);

function isQuestion(event: AgentExecutionEvent): boolean {
  if (event.kind !== 'task' && event.kind !== 'statusUpdate') return false;
  const state = event.data.status?.state;
  return (
    state === TaskState.TASK_STATE_INPUT_REQUIRED || state === TaskState.TASK_STATE_AUTH_REQUIRED
  );
}

/** A status may say how the work goes on; what was made is in artifacts. */
function hasContent(event: AgentExecutionEvent): boolean {
  return (
    event.kind === 'artifactUpdate' || (event.kind === 'task' && event.data.artifacts.length > 0)
  );
}
