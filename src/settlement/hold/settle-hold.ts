import { addAmounts } from '../../internal/decimal';
import {
  SettlementError,
  type AgentAnswer,
  type Hold,
  type Pending,
  type Settled,
  type SettlementRail,
} from '../../rails/rail';
import { isAmbiguous, isRetryable, waitBefore, type Backoff } from '../state/backoff';
import { capabilitiesOf } from '../state/capabilities-of';
import { asTaken, type SettlementAction } from '../state/settlement-state';

/**
 * Releases, refunds or disputes a hold, with retries.
 *
 * If the response was lost or is invalid, the request is not repeated blindly: the hold is looked up, and the
 * ledger's state counts. The rail's operations are also idempotent, for changes that a lookup does not see. A
 * dispute that the rail refuses to open (no balance for the stake) becomes a refund.
 *
 * @throws SettlementError if the attempts are used up, if the rail refuses, or if the hold was settled
 * otherwise.
 */
export async function settleHold(
  rail: SettlementRail,
  hold: Hold,
  action: SettlementAction,
  { answer, ...backoff }: SettleOptions,
): Promise<Settled | Pending> {
  const { attempts, deadlineMs = Number.POSITIVE_INFINITY, initialMs } = backoff;
  const startedAt = Date.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(rail, hold, action, answer);
    } catch (error) {
      if (action.type === 'dispute' && isRefusal(error)) {
        const refund = { type: 'refund', reason: action.reason } as const;
        return settleHold(rail, hold, refund, { ...backoff, answer });
      }
      const isLost = isAmbiguous(error) || isUnreadable(error);
      if (!isLost && !isRetryable(error)) throw error;
      const seen = isLost ? await look(rail, hold, action) : undefined;
      if (seen !== undefined) return seen;
      const leftMs = startedAt + deadlineMs - Date.now();
      if (attempt >= attempts || leftMs <= 0) throw error;
      await waitBefore(attempt, { initialMs, maxMs: leftMs }, error);
    }
  }
}

interface SettleOptions extends Backoff {
  /** The agent's last answer, if it is known. */
  answer?: AgentAnswer | undefined;
}

function ask(
  rail: SettlementRail,
  hold: Hold,
  action: SettlementAction,
  answer: AgentAnswer | undefined,
): Promise<Settled | Pending> {
  switch (action.type) {
    case 'release':
      return rail.release(hold, { amount: action.amount, answer });
    case 'dispute': {
      const { reason, stake } = action;
      return rail.dispute?.(hold, { reason, stake }) ?? rail.refund(hold, { reason, answer });
    }
    case 'refund':
      return rail.refund(hold, { reason: action.reason, answer });
  }
}

/** The page of a proxy, a truncated response, or an unexpected state: the response itself is lost. */
function isUnreadable(error: unknown): boolean {
  return SettlementError.isInstance(error) && error.code === 'UNEXPECTED_ANSWER';
}

/** The rail has refused the operation, and the hold is unchanged. */
function isRefusal(error: unknown): boolean {
  return (
    SettlementError.isInstance(error) &&
    !error.isRetryable &&
    error.code !== 'ALREADY_SETTLED' &&
    error.code !== 'UNEXPECTED_ANSWER'
  );
}

/** The ledger states that confirm each operation. A dispute may already be ruled on. */
const fitting: Record<SettlementAction['type'], Settled['status'][]> = {
  release: ['released', 'partially-released', 'late'],
  refund: ['refunded', 'taken'],
  dispute: ['disputed', 'refunded'],
};

const asked = { release: 'released', refund: 'refunded', dispute: 'disputed' } as const;

/** The state of the hold, if the ledger can be queried and the hold is settled. */
async function look(
  rail: SettlementRail,
  hold: Hold,
  action: SettlementAction,
): Promise<Settled | undefined> {
  const recorded = await rail.look?.(hold).catch(() => undefined);
  if (recorded === undefined) return undefined;
  const { state } = recorded;
  if (state.type === 'lapsed') {
    return action.type === 'release'
      ? { status: 'late' }
      : { status: 'refunded', returned: addAmounts(hold.amount, hold.fee) };
  }
  if (state.type !== 'settled') return undefined;
  const { capturedBy } = capabilitiesOf(rail, hold);
  const settled = judged(capturedBy, action, state.settled);
  if (fitting[action.type].includes(settled.status)) return settled;
  throw new SettlementError({
    code: 'ALREADY_SETTLED',
    message: `Escrow ${hold.escrowId} should be ${asked[action.type]}, but is already ${settled.status}.`,
    escrowId: hold.escrowId,
    state: settled.status,
  });
}

/** The ledger reports that the agent captured, but not that nothing was to be paid. */
function judged(
  capturedBy: 'payer' | 'agent',
  action: SettlementAction,
  settled: Settled,
): Settled {
  const isTaken = capturedBy === 'agent' && action.type !== 'release';
  return isTaken ? asTaken(settled) : settled;
}
