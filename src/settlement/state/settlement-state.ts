import { compareAmounts } from '../../internal/decimal';
import type { Amount, Hold, Pending, Settled } from '../../rails/rail';

/** How a generation ended, as far as its payment is concerned. */
export type Outcome =
  /** `amount`: the used amount, if it is known. Default: the whole hold. */
  | { type: 'delivered'; amount?: Amount }
  /**
   * The task is not done, and continues under the same hold: the agent waits for the caller, or, with
   * `isWorking`, continues to work without a waiting caller.
   */
  | { type: 'paused'; taskId: string; isWorking?: boolean }
  /** `stake`: disputes the hold instead of refunding it. */
  | { type: 'failed'; reason: RefundReason; stake?: number };

/** Fixed values only: they are published on the exchange's ledger. */
export const refundReasons = [
  'task-failed',
  'task-rejected',
  'task-canceled',
  'aborted',
  'stream-cut',
  'not-dispatched',
  'unreachable',
  'superseded',
  'verification-failed',
  'payment-refused',
  'nothing-used',
  'error',
] as const;

export type RefundReason = (typeof refundReasons)[number];

export type SettlementAction =
  /** `amount`: less than is held. */
  | { type: 'release'; amount?: Amount | undefined }
  | { type: 'refund'; reason: RefundReason }
  /** Whole tokens are put up in addition to the hold, and a third party rules on both. */
  | { type: 'dispute'; reason: RefundReason; stake: number };

/**
 * The state of one hold. `settling` is entered before the request to the exchange, and left only when that
 * request ends: so a release and a refund of one hold can never both be sent. A dispute is treated like a
 * refund, and becomes one only if the rail refuses to open it. A hold that the agent may still capture is
 * `unresolved`, with the time until which it may.
 */
export type SettlementState =
  | { phase: 'open'; hold: Hold }
  | { phase: 'kept'; hold: Hold; taskId: string; isWorking?: boolean }
  | { phase: 'settling'; hold: Hold; action: SettlementAction }
  /** `durationMs`: from the request of the hold. Undefined if it was settled elsewhere, or at an unknown time. */
  | { phase: 'settled'; hold: Hold; settled: Settled; durationMs?: number | undefined }
  | { phase: 'unresolved'; hold: Hold; action: SettlementAction; until?: Date };

export type SettlementInput =
  | { type: 'ended'; outcome: Outcome }
  /** The next turn of a kept task starts. */
  | { type: 'continued' }
  | { type: 'succeeded'; settled: Settled; durationMs?: number | undefined }
  /** The agent captures, and has not done so yet. */
  | { type: 'awaited'; pending: Pending }
  | { type: 'gave-up' }
  /** An unresolved settlement is resumed. */
  | { type: 'resumed' };

export interface Transition {
  state: SettlementState;
  /** The next operation on the rail. */
  effect?: SettlementAction;
}

/** The whole state machine. An input that is not valid in the state changes nothing: the first outcome wins. */
export function transition(state: SettlementState, input: SettlementInput): Transition {
  switch (state.phase) {
    case 'open':
      return input.type === 'ended' ? end(state.hold, input.outcome) : { state };
    case 'kept':
      return input.type === 'continued'
        ? { state: { phase: 'open', hold: state.hold } }
        : { state };
    case 'settling':
      return left(state, input);
    case 'unresolved':
      return input.type === 'resumed' ? settle(state.hold, state.action) : { state };
    case 'settled':
      return { state };
  }
}

/** The state after the rail's response. */
function left(
  state: Extract<SettlementState, { phase: 'settling' }>,
  input: SettlementInput,
): Transition {
  const { action, hold } = state;
  switch (input.type) {
    case 'succeeded': {
      const { durationMs, settled } = input;
      return { state: { phase: 'settled', hold, settled, durationMs } };
    }
    case 'awaited':
      return { state: { phase: 'unresolved', hold, action, until: input.pending.until } };
    case 'gave-up':
      return { state: { phase: 'unresolved', hold, action } };
    default:
      return { state };
  }
}

function end(hold: Hold, outcome: Outcome): Transition {
  switch (outcome.type) {
    case 'delivered':
      return settle(hold, capture(hold, outcome.amount));
    case 'failed':
      return settle(
        hold,
        outcome.stake === undefined
          ? { type: 'refund', reason: outcome.reason }
          : { type: 'dispute', reason: outcome.reason, stake: outcome.stake },
      );
    case 'paused': {
      const { isWorking = false, taskId } = outcome;
      return { state: { phase: 'kept', hold, taskId, ...(isWorking && { isWorking }) } };
    }
  }
}

/** An amount that the agent captured although nothing was to be paid. */
export function asTaken(settled: Settled): Settled {
  if (settled.status !== 'released' && settled.status !== 'partially-released') return settled;
  const { amount, fee, proof } = settled;
  return { status: 'taken', amount, fee, proof };
}

/** The used amount, limited to between zero and the whole hold. */
function capture(hold: Hold, amount = hold.amount): SettlementAction {
  if (compareAmounts(amount, hold.amount) >= 0) return { type: 'release' };
  return compareAmounts(amount, 0) > 0
    ? { type: 'release', amount }
    : { type: 'refund', reason: 'nothing-used' };
}

function settle(hold: Hold, action: SettlementAction): Transition {
  return { state: { phase: 'settling', hold, action }, effect: action };
}
