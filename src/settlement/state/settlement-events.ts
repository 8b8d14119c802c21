import { InvalidArgumentError } from '@ai-sdk/provider';
import type { SettlementError } from '../../rails/rail';
import type { SettlementReceipt } from './settlement-receipt';
import type { RefundReason } from './settlement-state';

/** The payment events of one generation. Contain no key, no prompt and no answer. */
export interface SettlementEvent {
  /** The model id: the agent's URL or name. */
  agent: string;
  receipt: SettlementReceipt;
  /** `providerOptions.settlement.labels` of the call. */
  labels?: Record<string, string>;
  /** Why the hold was, or was to be, refunded or disputed. */
  reason?: RefundReason;
  /** `unsettled`, `unresolved`: the cause. `error`: the error. */
  error?: SettlementError;
}

/** All events. */
const eventNames = [
  'held',
  'released',
  'refunded',
  'kept',
  'taken',
  'overcharged',
  'disputed',
  'error',
  'unsettled',
  'unresolved',
] as const;

/**
 * - `held`: tokens are held, the agent is about to be called.
 * - `released`, `refunded`, `kept`: see `SettlementReceipt`; `released` also covers a partial release and
 *   `late`.
 * - `taken`: the agent captured the payment, although it was to be refunded.
 * - `overcharged`: the agent captured more than was held; see `receipt.captured`. Emitted after `released` or
 *   `taken`.
 * - `disputed`: `verify` rejected the answer, and the hold is disputed.
 * - `error`: `verify` threw (`VERIFY_FAILED`), or the journal could not be written (`JOURNAL_FAILED`, once per
 *   hold); the outcome of the hold follows as a separate event. Or the receipt store could not be written
 *   (`RECEIPT_FAILED`, once per hold), after that event.
 * - `unsettled`: the call continues without payment. If the receipt says `unknown`, tokens may be held.
 * - `unresolved`: release or refund failed for now; the hold expires at `receipt.expiresAt` at the latest. If
 *   the receipt says `unknown`: a hold whose response was lost was not found, and only `reconcile` still looks
 *   for it; `error` is the error of its request.
 */
export type SettlementEventName = (typeof eventNames)[number];

export type SettlementListener = (event: SettlementEvent) => void;

export class SettlementEvents {
  private readonly listeners = new Map<SettlementEventName, Set<SettlementListener>>();

  /** @throws InvalidArgumentError for an event that does not exist: its listener would never be called. */
  on(name: SettlementEventName, listener: SettlementListener): () => void {
    if (!eventNames.includes(name)) {
      throw new InvalidArgumentError({
        argument: 'event',
        message: `There is no event \`${String(name)}\`. Events are: ${eventNames.join(', ')}.`,
      });
    }
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    return () => {
      listeners.delete(listener);
    };
  }

  emit(name: SettlementEventName, event: SettlementEvent): void {
    for (const listener of this.listeners.get(name) ?? []) {
      try {
        // The rejection of an async listener would end the process.
        Promise.resolve(listener(event)).catch(() => {});
      } catch {
        // A listener that throws must not prevent the settlement of a payment.
      }
    }
  }
}
