import type { SettlementReceipt } from './settlement-receipt';

// `Symbol.for` makes the key the same for all copies of this package.
const key = Symbol.for('ai-sdk-a2a-settlement.receipt');

/**
 * Puts the receipt of a failed call on its error, where `getReceipt` finds it. Not enumerable: logs of the error
 * do not change. Errors that cannot be extended stay without a receipt.
 *
 * The caller's own abort reason gets none: calls that share a signal share the reason.
 */
export function putReceiptOn(
  error: unknown,
  receipt: SettlementReceipt,
  abortSignal: AbortSignal | undefined,
): void {
  if (typeof error !== 'object' || error === null) return;
  if (abortSignal?.aborted === true && error === abortSignal.reason) return;
  try {
    // A model may throw the same error twice: the last call's receipt counts.
    Object.defineProperty(error, key, { value: receipt, configurable: true });
  } catch {
    // The error is frozen.
  }
}

/** The receipt that this process put on the error. */
export function receiptOn(error: object): unknown {
  return Reflect.get(error, key);
}
