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
 * Releases, refunds or disputes a hold, and does not give up at the first fault.
 *
 * A call whose answer was lost, or makes no sense, is not repeated blindly: the hold is looked up, and
 * what the ledger says counts. The rail's calls are idempotent besides, for what a look cannot see. A
 * dispute that the rail refuses to open (no balance for the stake) becomes the refund it stands for.
 *
 * @throws SettlementError when the tries are used up, when the rail says no, or when the hold was
 * settled the other way.
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
  /** What the agent said last, where it is known. */
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

/** Some proxy's page, half an answer, another state than was asked for: the answer itself is lost. */
function isUnreadable(error: unknown): boolean {
  return SettlementError.isInstance(error) && error.code === 'UNEXPECTED_ANSWER';
}

/** The rail has answered no, and the hold is as it was. */
function isRefusal(error: unknown): boolean {
  return (
    SettlementError.isInstance(error) &&
    !error.isRetryable &&
    error.code !== 'ALREADY_SETTLED' &&
    error.code !== 'UNEXPECTED_ANSWER'
  );
}

/** How the ledger has a hold when what was asked for was done. A dispute may have been ruled on. */
const fitting: Record<SettlementAction['type'], Settled['status'][]> = {
  release: ['released', 'partially-released', 'late'],
  refund: ['refunded', 'taken'],
  dispute: ['disputed', 'refunded'],
};

const asked = { release: 'released', refund: 'refunded', dispute: 'disputed' } as const;

/** What became of the hold, if the ledger can be asked and has it settled. */
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
    message: `Escrow ${hold.escrowId} was to be ${asked[action.type]}, but is ${settled.status} already.`,
    escrowId: hold.escrowId,
    state: settled.status,
  });
}

/** The ledger knows that the agent captured, and not that it was not to be paid. */
function judged(
  capturedBy: 'payer' | 'agent',
  action: SettlementAction,
  settled: Settled,
): Settled {
  const isTaken = capturedBy === 'agent' && action.type !== 'release';
  return isTaken ? asTaken(settled) : settled;
}
