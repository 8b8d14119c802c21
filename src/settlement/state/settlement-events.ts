import type { SettlementError } from '../../rails/rail';
import type { SettlementReceipt } from './settlement-receipt';
import type { RefundReason } from './settlement-state';

/** What happened to the money of one generation. Holds no key, no prompt and no answer. */
export interface SettlementEvent {
  /** The model id: the agent's URL or name. */
  agent: string;
  receipt: SettlementReceipt;
  /** `providerOptions.settlement.labels` of the call. */
  labels?: Record<string, string>;
  /** Why it was refunded or disputed, or was to be. */
  reason?: RefundReason;
  /** `unsettled`, `unresolved`: what stood in the way. `error`: what went wrong. */
  error?: SettlementError;
}

/**
 * - `held`: tokens are held, the agent is about to be called.
 * - `released`, `refunded`, `kept`: see `SettlementReceipt`; `released` also stands for a part and for `late`.
 * - `taken`: the agent took it, although it was to come back.
 * - `overcharged`: the agent took more than was held; `receipt.captured` says how much. It comes after
 *   `released` or `taken`.
 * - `disputed`: `verify` refused the answer, and the hold is disputed.
 * - `error`: `verify` itself failed (`VERIFY_FAILED`), or the journal could not be written
 *   (`JOURNAL_FAILED`, once for each hold); what becomes of the hold follows as an event of its own. Or the
 *   store of receipts could not (`RECEIPT_FAILED`, once for each hold), which comes after that.
 * - `unsettled`: the call goes on unpaid. With a receipt that says `unknown`, tokens may be held.
 * - `unresolved`: release or refund failed for now; the hold lapses at `receipt.expiresAt` at the latest.
 *   With a receipt that says `unknown`: a hold whose answer was lost has not shown, and is looked for by
 *   `reconcile` only; `error` is what became of its request.
 */
export type SettlementEventName =
  | 'held'
  | 'released'
  | 'refunded'
  | 'kept'
  | 'taken'
  | 'overcharged'
  | 'disputed'
  | 'error'
  | 'unsettled'
  | 'unresolved';

export type SettlementListener = (event: SettlementEvent) => void;

export class SettlementEvents {
  private readonly listeners = new Map<SettlementEventName, Set<SettlementListener>>();

  on(name: SettlementEventName, listener: SettlementListener): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    return () => {
      listeners.delete(listener);
    };
  }

  emit(name: SettlementEventName, event: SettlementEvent): void {
    for (const listener of this.listeners.get(name) ?? []) {
      try {
        // An async one fails later, and would end the process.
        Promise.resolve(listener(event)).catch(() => {});
      } catch {
        // A listener that throws must not keep a payment from being settled.
      }
    }
  }
}
