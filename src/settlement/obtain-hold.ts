import { SettlementError, type Hold, type HoldRequest, type SettlementRail } from '../rails/rail';
import { isAmbiguous, mayHelp, waitBefore, type Backoff } from './backoff';

/** The answer to a hold was lost, and the ledger could not be asked: tokens may be held all the same. */
export class LostHoldError extends Error {
  readonly error: SettlementError;

  constructor(error: SettlementError) {
    super(error.message);
    this.error = error;
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
  rail: SettlementRail,
  request: HoldRequest,
  backoff: Backoff,
): Promise<Hold> {
  let isInDoubt = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await rail.hold(request);
    } catch (error) {
      if (!SettlementError.isInstance(error)) throw error;
      const isKnown = error.code === 'DUPLICATE_TASK' || error.code === 'IDEMPOTENCY_CONFLICT';
      if (isAmbiguous(error) || isKnown) {
        isInDoubt = true;
        const found = await findHold(rail, request);
        if (found.type === 'found') return found.hold;
        // Absent now may still be under way: only an answered "no" to the request itself settles it.
      } else if (!mayHelp(error)) {
        throw isInDoubt ? new LostHoldError(error) : error;
      }
      // An exchange that is slow to answer would be so again, while the caller waits.
      if (attempt >= backoff.attempts || error.code === 'TIMEOUT')
        throw isInDoubt ? new LostHoldError(error) : error;
      await waitBefore(attempt, backoff, error);
    }
  }
}

type Found = { type: 'found'; hold: Hold } | { type: 'absent' } | { type: 'unknown' };

/** Looks for the hold of a request whose answer was lost. */
export async function findHold(rail: SettlementRail, request: HoldRequest): Promise<Found> {
  if (rail.find === undefined) return { type: 'unknown' };
  let hold: Hold | undefined;
  try {
    hold = await rail.find(request.taskId);
  } catch {
    return { type: 'unknown' };
  }
  if (hold === undefined) return { type: 'absent' };
  // A hold for another payee or amount under this task id is not the one that was asked for.
  return hold.payee === request.payee && hold.amount === request.amount
    ? { type: 'found', hold }
    : { type: 'absent' };
}
