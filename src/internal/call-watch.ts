import type {
  JSONObject,
  LanguageModelV4CallOptions,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider';
import type { Amount } from './decimal';
import type { FinishedGeneration } from './finished-generation';

// A symbol is in no JSON: what a browser or an agent sends is never taken for a watch. It goes through
// models around models, and is one for all copies of this package.
const name = Symbol.for('ai-sdk-a2a-settlement.call-watch');

/**
 * A model or a tool that makes a call of a model which may be paid: it agrees to each payment, judges the
 * answer before that is paid for, and is told what became of the payment, also where the call fails.
 */
export interface CallWatch {
  /**
   * Asked before each hold.
   *
   * @throws what the call is to end with: then nothing is held for it.
   */
  approve(quote: { agent: string; amount: Amount; currency?: string }): void;
  /**
   * Asked once the answer is whole, before it is paid for. `false` refunds it.
   *
   * `isQuestion`: the task waits for the caller, or works on, and its hold would be kept.
   */
  verify(answer: FinishedGeneration, about: { isQuestion: boolean }): boolean | Promise<boolean>;
  /**
   * Told the receipt of each hold, before the call ends. One that was still pending is told once more
   * when it has ended. What is approved and not told may still be held.
   */
  told(receipt: JSONObject): void;
}

/** The `providerOptions` of a call, with the watch on them. */
export function watchCall(
  providerOptions: SharedV4ProviderOptions | undefined,
  watch: CallWatch,
): SharedV4ProviderOptions {
  const settlement = { ...providerOptions?.['settlement'], [name]: watch };
  return { ...providerOptions, settlement };
}

/** The watch on a call, if there is one. */
export function watchOf({
  providerOptions,
}: Pick<LanguageModelV4CallOptions, 'providerOptions'>): CallWatch | undefined {
  const settlement = providerOptions?.['settlement'];
  const watch: unknown = settlement && Reflect.get(settlement, name);
  return isWatch(watch) ? watch : undefined;
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
