import { delay } from '@ai-sdk/provider-utils';
import {
  SettlementError,
  type Hold,
  type HoldRequest,
  type SettlementErrorCode,
  type SettlementRail,
} from '../../rails/rail';
import { isAmbiguous, isRetryable, waitBefore, type Backoff } from '../state/backoff';
import { isSamePayee } from '../state/is-same-payee';

/** The answer to a hold was lost, and the ledger could not be asked: tokens may be held all the same. */
export class LostHoldError extends Error {
  readonly error: SettlementError;
  /** Of the hold, on the ledger. */
  readonly taskId: string;

  constructor(error: SettlementError, taskId: string) {
    super(error.message);
    this.error = error;
    this.taskId = taskId;
  }
}

/**
 * Makes a hold. One whose answer was lost is looked for by its task id, and adopted if it is what was
 * asked for; else the same request is sent again, under the same idempotency key.
 *
 * @throws LostHoldError when it cannot be said whether anything is held.
 * @throws SettlementError when nothing is held.
 */
export async function obtainHold(
  rail: Pick<SettlementRail, 'find' | 'hold'>,
  request: HoldRequest,
  backoff: Backoff,
): Promise<Hold> {
  let isInDoubt = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await rail.hold(request);
    } catch (error) {
      if (!SettlementError.isInstance(error)) throw error;
      if (isAmbiguous(error) || saysNothing.has(error.code)) {
        isInDoubt = true;
        const found = await findHold(rail, request);
        if (found.type === 'found' && isAsAsked(found.hold, request)) return found.hold;
        // Absent now may still be under way: only an answered "no" to the request itself settles it.
      } else if (!isRetryable(error)) {
        throw isInDoubt ? new LostHoldError(error, request.taskId) : error;
      }
      // An exchange that timed out is likely to time out again, while the caller waits.
      if (attempt >= backoff.attempts || error.code === 'TIMEOUT')
        throw isInDoubt ? new LostHoldError(error, request.taskId) : error;
      await waitBefore(attempt, backoff, error);
    }
  }
}

export type Found = { type: 'found'; hold: Hold } | { type: 'absent' } | { type: 'unknown' };

/** Looks for what is held under a request's task id, whatever its answer was. */
export async function findHold(
  rail: Pick<SettlementRail, 'find'>,
  { taskId }: Pick<HoldRequest, 'taskId'>,
): Promise<Found> {
  if (rail.find === undefined) return { type: 'unknown' };
  let hold: Hold | undefined;
  try {
    hold = await rail.find(taskId);
  } catch {
    return { type: 'unknown' };
  }
  return hold === undefined ? { type: 'absent' } : { type: 'found', hold };
}

function isAsAsked(hold: Hold, request: HoldRequest): boolean {
  return isSamePayee(hold.payee, request.payee) && hold.amount === request.amount;
}

/** Answers after which tokens may be held. */
const saysNothing = new Set<SettlementErrorCode>([
  'DUPLICATE_TASK',
  'IDEMPOTENCY_CONFLICT',
  'UNEXPECTED_ANSWER',
]);

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
