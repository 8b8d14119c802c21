/** Marks the holds of this package on the ledger, so that orphans can be told from others' holds. */
export const taskIdPrefix = 'aisdk-';

/**
 * Of a new hold, on the ledger: random, but for the time, as in version 7 of UUIDs. The exchange
 * publishes it, with the time besides. So whoever finds the hold, in whatever process, knows when it was made.
 */
export function newTaskId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const random = crypto.randomUUID().slice(15);
  return `${taskIdPrefix}${time.slice(0, 8)}-${time.slice(8)}-7${random}`;
}

/**
 * When the hold with this task id was asked for, in milliseconds since 1970. Undefined for those of older
 * versions, and of others.
 */
export function timeOfTaskId(taskId: string): number | undefined {
  const uuid = taskId.startsWith(taskIdPrefix) ? taskId.slice(taskIdPrefix.length) : '';
  const [high = '', low = '', version = ''] = uuid.split('-', 3);
  if (high.length !== 8 || low.length !== 4 || !version.startsWith('7')) return undefined;
  const time = Number(`0x${high}${low}`);
  return Number.isNaN(time) ? undefined : time;
}
