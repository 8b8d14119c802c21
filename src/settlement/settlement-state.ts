import type { Hold, Settled } from '../rails/rail';

/** How a generation ended, as far as the money is concerned. */
export type Outcome =
  | { type: 'delivered' }
  /** The agent waits for the caller; the next turn of the task goes on under the same hold. */
  | { type: 'paused'; taskId: string }
  | { type: 'failed'; reason: RefundReason };

/** Fixed words only: they go onto the exchange's ledger, where anybody may read them. */
export type RefundReason =
  | 'task-failed'
  | 'task-rejected'
  | 'task-canceled'
  | 'aborted'
  | 'stream-cut'
  | 'error';

export type SettlementAction = { type: 'release' } | { type: 'refund'; reason: RefundReason };

/**
 * Where one hold stands. `settling` is entered before the exchange is called, and left only by that
 * call's end: so a release and a refund of one hold can never both be sent.
 */
export type SettlementState =
  | { phase: 'open'; hold: Hold }
  | { phase: 'kept'; hold: Hold; taskId: string }
  | { phase: 'settling'; hold: Hold; action: SettlementAction }
  | { phase: 'settled'; hold: Hold; settled: Settled }
  | { phase: 'unresolved'; hold: Hold; action: SettlementAction };

export type SettlementInput =
  | { type: 'ended'; outcome: Outcome }
  /** The next turn of a kept task begins. */
  | { type: 'continued' }
  | { type: 'succeeded'; settled: Settled }
  | { type: 'gave-up' }
  /** An unresolved settlement is taken up again. */
  | { type: 'resumed' };

export interface Transition {
  state: SettlementState;
  /** What to ask of the rail now. */
  effect?: SettlementAction;
}

/** The whole state machine. An input that does not fit the state changes nothing: the first outcome wins. */
export function transition(state: SettlementState, input: SettlementInput): Transition {
  switch (state.phase) {
    case 'open':
      return input.type === 'ended' ? end(state.hold, input.outcome) : { state };
    case 'kept':
      return input.type === 'continued'
        ? { state: { phase: 'open', hold: state.hold } }
        : { state };
    case 'settling':
      if (input.type === 'succeeded') {
        return { state: { phase: 'settled', hold: state.hold, settled: input.settled } };
      }
      return input.type === 'gave-up'
        ? { state: { phase: 'unresolved', hold: state.hold, action: state.action } }
        : { state };
    case 'unresolved':
      return input.type === 'resumed' ? settle(state.hold, state.action) : { state };
    case 'settled':
      return { state };
  }
}

function end(hold: Hold, outcome: Outcome): Transition {
  switch (outcome.type) {
    case 'delivered':
      return settle(hold, { type: 'release' });
    case 'failed':
      return settle(hold, { type: 'refund', reason: outcome.reason });
    case 'paused':
      return { state: { phase: 'kept', hold, taskId: outcome.taskId } };
  }
}

function settle(hold: Hold, action: SettlementAction): Transition {
  return { state: { phase: 'settling', hold, action }, effect: action };
}
