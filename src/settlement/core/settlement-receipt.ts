import type { JSONObject } from '@ai-sdk/provider';
import type { Hold, SettlementErrorCode } from '../../rails/rail';
import type { SettlementState } from './settlement-state';

/**
 * `providerMetadata.settlement` of a result, and of a stream's `finish`.
 *
 * - `released`: the payee got `amount`.
 * - `partially-released`: the payee got `captured`, the rest came back.
 * - `refunded`: everything came back, the fee included.
 * - `kept`: the task waits for the caller, or works on without one; what comes of it goes on under the
 *   same hold.
 * - `pending`: the settlement is under way, or could not be finished yet.
 * - `disputed`: `verify` refused the answer; a ruling decides about the hold and the stake.
 * - `late`: the hold had lapsed before the release; the tokens came back although the agent delivered.
 * - `unknown`: the call went on unpaid, and it is not known whether tokens are held for it: the answer
 *   to the hold was lost. What is held under `taskId` is given back when it shows, at the latest when
 *   it lapses; `reason` says why it is not known.
 * - `unsettled`: nothing was held, the call went on unpaid; `reason` says why, `FREE` that the price is
 *   0, `NO_HOLD` that nothing is held (any more) for the task that was taken up again, `IN_USE` that
 *   another call is under way with that task, and settles it.
 */
export type SettlementReceipt = {
  status:
    | 'released'
    | 'partially-released'
    | 'refunded'
    | 'kept'
    | 'pending'
    | 'disputed'
    | 'late'
    | 'unknown'
    | 'unsettled';
  escrowId?: string;
  /** Whole tokens held for the payee. */
  amount?: number;
  /** Whole tokens the exchange takes on top, or would have taken. */
  fee?: number;
  /** Whole tokens the payee got. */
  captured?: number;
  /** Whole tokens that came back to the payer. */
  returned?: number;
  /** `disputed`: whole tokens put up beside the hold. */
  stake?: number;
  currency?: string;
  /** The payee's account. */
  payee?: string;
  exchangeUrl?: string;
  /** ISO 8601, UTC. */
  expiresAt?: string;
  /** `unknown`: the hold's task id on the exchange, by which it can be found there. */
  taskId?: string;
  /** `unsettled`, `unknown`: why. */
  reason?: SettlementErrorCode | 'DISABLED' | 'FREE' | 'NO_HOLD' | 'IN_USE';
};

export function receiptOf(state: SettlementState): SettlementReceipt {
  const { hold } = state;
  switch (state.phase) {
    case 'settled': {
      const { settled } = state;
      switch (settled.status) {
        case 'released':
          return { status: 'released', ...held(hold), fee: settled.fee, captured: settled.amount };
        case 'partially-released':
          return {
            status: 'partially-released',
            ...held(hold),
            fee: settled.fee,
            captured: settled.amount,
            returned: settled.returned,
          };
        case 'refunded':
          return { status: 'refunded', ...held(hold), captured: 0, returned: settled.returned };
        case 'disputed':
          return { status: 'disputed', ...held(hold), stake: settled.stake };
        case 'late':
          return { status: 'late', ...held(hold), captured: 0, returned: hold.amount + hold.fee };
      }
    }
    case 'kept':
      return { status: 'kept', ...held(hold) };
    default:
      return { status: 'pending', ...held(hold) };
  }
}

/** Whole tokens that were spent, or may be yet, without the fee. */
export function costOf({ amount = 0, captured, status }: SettlementReceipt): number {
  return status === 'refunded' || status === 'late' ? 0 : (captured ?? amount);
}

/** The receipt as `providerMetadata` wants it. */
export function receiptMetadata(receipt: SettlementReceipt): JSONObject {
  return { ...receipt };
}

function held(hold: Hold) {
  return {
    escrowId: hold.escrowId,
    amount: hold.amount,
    fee: hold.fee,
    currency: hold.currency,
    payee: hold.payee,
    exchangeUrl: hold.exchangeUrl,
    expiresAt: hold.expiresAt.toISOString(),
  };
}
