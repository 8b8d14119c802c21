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

/** The response to a hold was lost, and the ledger could not be queried: tokens may be held. */
export class LostHoldError extends Error {
  readonly error: SettlementError;
  /** The hold's task id on the ledger. */
  readonly taskId: string;

  constructor(error: SettlementError, taskId: string) {
    super(error.message);
    this.error = error;
    this.taskId = taskId;
  }
}

/**
 * Makes a hold. If its response was lost, the hold is looked up by its task id, and adopted if it matches the
 * request; else the same request is sent again, with the same idempotency key.
 *
 * @throws LostHoldError if it is not known whether anything is held.
 * @throws SettlementError if nothing is held.
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
        // A hold that is absent now may still be in progress: only a refusal of the request itself is final.
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

/** Looks up the hold under a request's task id, whatever its response was. */
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

/** Error codes after which tokens may be held. */
const saysNothing = new Set<SettlementErrorCode>([
  'DUPLICATE_TASK',
  'IDEMPOTENCY_CONFLICT',
  'UNEXPECTED_ANSWER',
]);

/**
 * Looks up holds by their task ids, many in one request to the ledger: calls within a short window, or while a
 * request is in progress, share the next request. So a slow ledger is not queried more often than it responds.
 * Rails that cannot list are queried one by one.
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

/** Milliseconds that a lookup waits for others to share its request. */
const windowMs = 50;
