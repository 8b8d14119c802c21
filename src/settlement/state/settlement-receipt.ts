import type { JSONObject } from '@ai-sdk/provider';
import { addAmounts, compareAmounts } from '../../internal/decimal';
import type { Amount, Hold, Proof, SettlementErrorCode } from '../../rails/rail';
import type { SettlementState } from './settlement-state';

/**
 * `providerMetadata.settlement` of a result, and of a stream's `finish`.
 *
 * - `released`: the payee got `amount`.
 * - `partially-released`: the payee got `captured`, the rest came back.
 * - `refunded`: everything came back, the fee included.
 * - `kept`: the task waits for the caller, or works on without one; what comes of it goes on under the
 *   same hold.
 * - `pending`: the settlement is under way, or could not be finished yet. On rails whose agent captures:
 *   the agent has not taken it, and may until `expiresAt`; `reconcile` looks again.
 * - `taken`: the agent took `captured`, although nothing was to be paid.
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
    | 'taken'
    | 'disputed'
    | 'late'
    | 'unknown'
    | 'unsettled';
  escrowId?: string;
  /**
   * Held for the payee. This and all amounts: whole tokens, or a decimal text (`'0.25'`) in currencies
   * with decimals.
   */
  amount?: Amount;
  /** What the ledger takes on top, or would have taken. */
  fee?: Amount;
  /** What the payee got. More than `amount` where the agent took more than was held. */
  captured?: Amount;
  /** What came back to the payer. */
  returned?: Amount;
  /** `disputed`: what is put up beside the hold. */
  stake?: Amount;
  currency?: string;
  /** The most places that an amount of the currency has. Left out where there are none. */
  decimals?: number;
  /** The payee's account. */
  payee?: string;
  exchangeUrl?: string;
  /** ISO 8601, UTC. */
  expiresAt?: string;
  /** Where the payment can be seen, and who confirmed it. */
  proof?: Proof[];
  /** `unknown`: the hold's task id on the exchange, by which it can be found there. */
  taskId?: string;
  /** What the same call was held for before: its agent did not take that for paid, and was paid again. */
  earlier?: SettlementReceipt[];
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
          return {
            status: 'released',
            ...held(hold),
            fee: settled.fee,
            captured: settled.amount,
            ...proven(settled),
          };
        case 'partially-released':
          return {
            status: 'partially-released',
            ...held(hold),
            fee: settled.fee,
            captured: settled.amount,
            returned: settled.returned,
            ...proven(settled),
          };
        case 'taken':
          return {
            status: 'taken',
            ...held(hold),
            fee: settled.fee,
            captured: settled.amount,
            ...proven(settled),
          };
        case 'refunded':
          return {
            status: 'refunded',
            ...held(hold),
            captured: nothingOf(hold),
            returned: settled.returned,
            ...proven(settled),
          };
        case 'disputed':
          return { status: 'disputed', ...held(hold), stake: settled.stake };
        case 'late':
          return {
            status: 'late',
            ...held(hold),
            captured: nothingOf(hold),
            returned: addAmounts(hold.amount, hold.fee),
          };
      }
    }
    case 'kept':
      return { status: 'kept', ...held(hold) };
    case 'unresolved': {
      const { until = hold.expiresAt } = state;
      return { status: 'pending', ...held(hold), expiresAt: until.toISOString() };
    }
    default:
      return { status: 'pending', ...held(hold) };
  }
}

/** What was spent, or may be yet, without the fee. */
export function costOf({ amount = 0, captured, status }: SettlementReceipt): Amount {
  return status === 'refunded' || status === 'late' ? 0 : (captured ?? amount);
}

/** A call that was held for twice has one receipt, of what came last; nothing that was spent is left out. */
export function withEarlierReceipt(
  last: SettlementReceipt,
  earlier: SettlementReceipt | undefined,
): SettlementReceipt {
  if (earlier === undefined) return last;
  const isLost = last.status === 'unsettled' && compareAmounts(costOf(earlier), 0) > 0;
  return isLost ? earlier : { ...last, earlier: [earlier] };
}

/** The receipt as `providerMetadata` wants it. */
export function receiptMetadata({ earlier, ...receipt }: SettlementReceipt): JSONObject {
  return { ...receipt, ...(earlier !== undefined && { earlier: earlier.map(receiptMetadata) }) };
}

/** In the hold's own way to write amounts. */
function nothingOf({ amount }: Hold): Amount {
  return typeof amount === 'number' ? 0 : '0';
}

function proven({ proof }: { proof?: Proof[] | undefined }) {
  return proof === undefined || proof.length === 0 ? {} : { proof };
}

function held(hold: Hold) {
  return {
    escrowId: hold.escrowId,
    amount: hold.amount,
    fee: hold.fee,
    currency: hold.currency,
    ...(hold.decimals !== undefined && { decimals: hold.decimals }),
    payee: hold.payee,
    exchangeUrl: hold.exchangeUrl,
    expiresAt: hold.expiresAt.toISOString(),
  };
}
