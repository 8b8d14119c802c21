/** Own ids by the recorded ones. */
export type Renamed = Map<string, string>;

/** The fields whose values are made up for each call, in requests to the agent and to the exchange. */
const ownIds = new Set(['id', 'messageId', 'escrowId', 'task_id', 'group_id']);

/** Shorter texts are no ids: they would be found in other texts. */
const LEAST_ID_LENGTH = 8;

/**
 * Compares a recorded value with that of a replayed request. Ids that are made up for each call may differ, and
 * are collected; so may what was redacted.
 *
 * @returns whether nothing else differs.
 */
export function align(recorded: unknown, asked: unknown, renamed: Renamed, name = ''): boolean {
  if (recorded === asked || recorded === '[redacted]') return true;
  if (typeof recorded === 'string' && typeof asked === 'string') {
    if (!ownIds.has(name) || recorded.length < LEAST_ID_LENGTH) return false;
    renamed.set(recorded, asked);
    return true;
  }
  if (!isObject(recorded) || !isObject(asked)) return false;
  const names = new Set([...Object.keys(recorded), ...Object.keys(asked)]);
  // All of them are visited: each may hold an id.
  return [...names].map((each) => align(recorded[each], asked[each], renamed, each)).every(Boolean);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
