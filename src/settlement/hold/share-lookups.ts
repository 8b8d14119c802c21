import { delay } from '@ai-sdk/provider-utils';
import type { Hold, SettlementRail } from '../../rails/rail';

/**
 * Looks holds up by their task ids, one question to the ledger for many of them: whoever asks shortly
 * after another, or while the ledger is being asked, shares the next question. So a slow ledger is asked no more often than it answers.
 * Rails that cannot list are asked one by one.
 */
export function shareLookups(
  rail: Pick<SettlementRail, 'find' | 'findMany'>,
): Pick<SettlementRail, 'find'> {
  const { find, findMany } = rail;
  if (find === undefined) return {};
  if (findMany === undefined) return { find: (taskId) => find.call(rail, taskId) };
  let next: { taskIds: Set<string>; found: Promise<Map<string, Hold>> } | undefined;
  let last: Promise<unknown> = Promise.resolve();

  return {
    async find(taskId) {
      next ??= begin();
      next.taskIds.add(taskId);
      const found = await next.found;
      return found.get(taskId);
    },
  };

  function begin() {
    const taskIds = new Set<string>();
    const found = last.then(async () => {
      await delay(windowMs);
      next = undefined;
      return findMany?.call(rail, [...taskIds]) ?? new Map<string, Hold>();
    });
    last = found.catch(() => {});
    return { taskIds, found };
  }
}

/** Milliseconds that a question waits for others to share it. */
const windowMs = 50;
