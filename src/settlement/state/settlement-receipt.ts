import type { JSONObject } from '@ai-sdk/provider';
import { addAmounts, compareAmounts } from '../../internal/decimal';
import type { Amount, Hold, Proof, SettlementErrorCode } from '../../rails/rail';
import type { SettlementState } from './settlement-state';

/** The states of a receipt. */
export const receiptStatuses = [
  'released',
  'partially-released',
  'refunded',
  'kept',
  'pending',
  'taken',
  'disputed',
  'late',
  'unknown',
  'unsettled',
] as const;

/** Why nothing was held, in addition to the codes of errors. */
export const unpaidReasons = ['DISABLED', 'FREE', 'NO_HOLD', 'IN_USE'] as const;

/** The kind of the `custom` part with the receipt of a failed answer. */
export const receiptKind = 'settlement.receipt';

/**
 * `providerMetadata.settlement` of a result, and of a stream's `finish`.
 *
 * - `released`: the payee got `amount`.
 * - `partially-released`: the payee got `captured`, the rest was refunded.
 * - `refunded`: everything was refunded, including the fee.
 * - `kept`: the task waits for the caller, or continues without one; the hold stays in use for it.
 * - `pending`: the settlement is in progress, or could not be finished yet. On rails where the agent captures:
 *   the agent has not captured, and may until `expiresAt`; `reconcile` checks again.
 * - `taken`: the agent captured `captured`, although nothing was to be paid.
 * - `disputed`: `verify` rejected the answer; a ruling decides about the hold and the stake.
 * - `late`: the hold had expired before the release; the tokens were refunded although the agent delivered.
 * - `unknown`: the call continued without payment, and it is not known whether tokens are held for it: the
 *   response to the hold was lost. A hold under `taskId` is refunded when it is found, at the latest when it
 *   expires; `reason` says why it is not known.
 * - `unsettled`: nothing was held, the call continued without payment; `reason` says why: `FREE` if the price
 *   is 0, `NO_HOLD` if nothing is held (any more) for the resumed task, `IN_USE` if another call is using that
 *   task, and settles it.
 */
export type SettlementReceipt = {
  status: (typeof receiptStatuses)[number];
  escrowId?: string;
  /**
   * Held for the payee. This and all amounts: whole tokens, or a decimal string (`'0.25'`) in currencies with
   * decimals.
   */
  amount?: Amount;
  /** The fee of the ledger, charged or planned. */
  fee?: Amount;
  /** What the payee got. More than `amount` if the agent captured more than was held. */
  captured?: Amount;
  /** What was refunded to the payer. */
  returned?: Amount;
  /** `disputed`: the stake put up in addition to the hold. */
  stake?: Amount;
  currency?: string;
  /** The number of decimals of the currency. Undefined for none. */
  decimals?: number;
  /** The payee's account. */
  payee?: string;
  exchangeUrl?: string;
  /** ISO 8601, UTC. */
  expiresAt?: string;
  /**
   * Milliseconds from the request of the hold until it was settled. Undefined while it is not settled, and if the
   * ledger had settled it before it was asked.
   */
  durationMs?: number;
  /** Where the payment can be verified, and who confirmed it. */
  proof?: Proof[];
  /** `unknown`: the hold's task id on the exchange. */
  taskId?: string;
  /** Earlier holds of the same call: the agent did not accept them as payment, and was paid again. */
  earlier?: SettlementReceipt[];
  /** `unsettled`, `unknown`: the reason. */
  reason?: SettlementErrorCode | (typeof unpaidReasons)[number];
};

export function receiptOf(state: SettlementState): SettlementReceipt {
  const receipt = receiptOfPhase(state);
  const durationMs = state.phase === 'settled' ? state.durationMs : undefined;
  return durationMs === undefined ? receipt : { ...receipt, durationMs };
}

function receiptOfPhase(state: SettlementState): SettlementReceipt {
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

/** What was spent, or may still be spent, excluding the fee. */
export function costOf({ amount = 0, captured, status }: SettlementReceipt): Amount {
  return status === 'refunded' || status === 'late' ? 0 : (captured ?? amount);
}

/** A call with two holds has one receipt, for the last hold, which lists the earlier ones. */
export function withEarlierReceipt(
  last: SettlementReceipt,
  earlier: SettlementReceipt | undefined,
): SettlementReceipt {
  if (earlier === undefined) return last;
  const isLost = last.status === 'unsettled' && compareAmounts(costOf(earlier), 0) > 0;
  return isLost ? earlier : { ...last, earlier: [earlier] };
}

/** The receipt in the form of `providerMetadata`. */
export function receiptMetadata({ earlier, ...receipt }: SettlementReceipt): JSONObject {
  return { ...receipt, ...(earlier !== undefined && { earlier: earlier.map(receiptMetadata) }) };
}

/** Zero, in the notation of the hold's amounts. */
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
