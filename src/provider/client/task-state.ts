/** A2A task states, spelled as in protocol 0.3; an unknown state is kept unchanged. */
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

/** The agents' responses to cancel requests, by task id; undefined for no response. */
export type Cancellations = Map<string, Promise<A2ATaskState | undefined>>;

/**
 * Reads a state of protocol 1.0 (`TASK_STATE_INPUT_REQUIRED`, or its number in the schema) or 0.3
 * (`input-required`).
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

/** Whether the task has ended, successfully or not. */
export function isTerminal(state: A2ATaskState | undefined): boolean {
  return state === 'completed' || isFailure(state);
}

export function isFailure(state: A2ATaskState | undefined): boolean {
  return state === 'failed' || state === 'rejected' || state === 'canceled';
}

/** Whether the agent waits for the caller: the next message of the conversation continues the same task. */
export function isPaused(state: A2ATaskState | undefined): boolean {
  return state === 'input-required' || state === 'auth-required';
}
