import type {
  JSONObject,
  LanguageModelV4CallOptions,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider';
import type { Amount } from './decimal';
import type { FinishedGeneration } from './finished-generation';
import { isSettledCall, settledMark } from './settled-call';

// Middleware copies `providerOptions` by string keys and merges the objects in them. A function under a
// string key is passed through unchanged and never appears in JSON, so no browser or agent can supply one.
const name = 'ai-sdk-a2a-settlement.call-watch';

// The mark on the function. `Symbol.for` makes it the same for all copies of this package.
const watched = Symbol.for(name);

/**
 * Observes a model call that may be paid, for a calling model or tool: approves each payment, verifies the
 * answer before settlement, and receives the receipts, also if the call fails.
 */
export interface CallWatch {
  /**
   * Called before each hold.
   *
   * @throws the error that ends the call. No hold is created.
   */
  approve(quote: { agent: string; amount: Amount; currency?: string }): void;
  /**
   * Called when the answer is complete, before settlement. `false` refunds the hold.
   *
   * `isQuestion`: the task waits for input or is still running, and its hold would be kept.
   */
  verify(answer: FinishedGeneration, about: { isQuestion: boolean }): boolean | Promise<boolean>;
  /**
   * Called with the receipt of each hold before the call ends. A pending receipt is passed again when it is
   * settled. A hold that was approved but has no receipt may still be held.
   */
  told(receipt: JSONObject): void;
}

/** The `providerOptions` of a call with the watch added. */
export function watchCall(
  providerOptions: SharedV4ProviderOptions | undefined,
  watch: CallWatch,
): SharedV4ProviderOptions {
  const carrier = Object.assign(() => {}, { [watched]: watch });
  const settlement = Object.assign({ ...providerOptions?.['settlement'] }, { [name]: carrier });
  return { ...providerOptions, settlement };
}

/** The watch of a call, if it has one. */
export function watchOf({
  providerOptions,
}: Pick<LanguageModelV4CallOptions, 'providerOptions'>): CallWatch | undefined {
  const carrier: unknown = providerOptions?.['settlement']?.[name];
  if (typeof carrier !== 'function') return undefined;
  const watch: unknown = Reflect.get(carrier, watched);
  return isWatch(watch) ? watch : undefined;
}

/** The caller's own `providerOptions.settlement`, without the watch and the mark of a settlement around this one. */
export function callOptionsOf(
  call: Pick<LanguageModelV4CallOptions, 'providerOptions'>,
): JSONObject | undefined {
  const settlement = call.providerOptions?.['settlement'];
  if (watchOf(call) === undefined && !isSettledCall(call.providerOptions)) return settlement;
  const { [name]: _watch, [settledMark]: _mark, ...own } = settlement ?? {};
  return own;
}

function isWatch(value: unknown): value is CallWatch {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['approve', 'verify', 'told'].every(
      (method) => typeof Reflect.get(value, method) === 'function',
    )
  );
}
