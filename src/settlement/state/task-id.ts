/** The prefix of this package's holds on the ledger, to distinguish orphans from the holds of others. */
export const taskIdPrefix = 'aisdk-';

/**
 * The task id of a new hold on the ledger: a UUID of version 7, random except for the time. The exchange
 * publishes the id and the time. Any process that finds the hold can read from it when it was made.
 */
export function newTaskId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const random = crypto.randomUUID().slice(15);
  return `${taskIdPrefix}${time.slice(0, 8)}-${time.slice(8)}-7${random}`;
}

/**
 * Milliseconds from the request of the hold with this task id until then. Undefined if that is not known. At least
 * 0: the clock of another machine may differ.
 */
export function durationUntil(time: number, taskId: string): number | undefined {
  const heldAt = timeOfTaskId(taskId);
  return heldAt === undefined ? undefined : Math.max(0, time - heldAt);
}

/**
 * When the hold with this task id was requested, in milliseconds since 1970. Undefined for ids of older
 * versions and of others.
 */
export function timeOfTaskId(taskId: string): number | undefined {
  const uuid = taskId.startsWith(taskIdPrefix) ? taskId.slice(taskIdPrefix.length) : '';
  const [high = '', low = '', version = ''] = uuid.split('-', 3);
  if (high.length !== 8 || low.length !== 4 || !version.startsWith('7')) return undefined;
  const time = Number(`0x${high}${low}`);
  return Number.isNaN(time) ? undefined : time;
}
