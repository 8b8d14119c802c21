/** A2A task states, spelled as in protocol 0.3; a state this version does not know stays as it came. */
export type A2ATaskState =
  | 'submitted'
  | 'working'
  | 'completed'
  | 'failed'
  | 'canceled'
  | 'rejected'
  | 'input-required'
  | 'auth-required'
  | (string & {});

/** What an agent answered when it was asked to cancel, by task id; undefined for no answer. */
export type Cancellations = Map<string, Promise<A2ATaskState | undefined>>;

/**
 * Of protocol 1.0 (`TASK_STATE_INPUT_REQUIRED`, or its number in the schema) or 0.3 (`input-required`).
 */
export function readTaskState(state: unknown): A2ATaskState {
  const known = names.get(state);
  if (known !== undefined) return known;
  if (typeof state !== 'string') return 'unspecified';
  return state
    .toLowerCase()
    .replaceAll('_', '-')
    .replace('task-state-', '')
    .replace('cancelled', 'canceled');
}

const names = new Map<unknown, A2ATaskState>(
  [
    'unspecified',
    'submitted',
    'working',
    'completed',
    'failed',
    'canceled',
    'input-required',
    'rejected',
    'auth-required',
  ].flatMap((name, number): [unknown, A2ATaskState][] => [
    [number, name],
    [name, name],
    [`TASK_STATE_${name.toUpperCase().replaceAll('-', '_')}`, name],
  ]),
);

/** The agent is done with the task, well or badly. */
export function isTerminal(state: A2ATaskState | undefined): boolean {
  return state === 'completed' || isFailure(state);
}

export function isFailure(state: A2ATaskState | undefined): boolean {
  return state === 'failed' || state === 'rejected' || state === 'canceled';
}

/** The agent waits for the caller: the next message of the conversation continues the same task. */
export function isPaused(state: A2ATaskState | undefined): boolean {
  return state === 'input-required' || state === 'auth-required';
}
