import type {
  JSONObject,
  LanguageModelV4CallOptions,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider';
import type { Amount } from './decimal';
import type { FinishedGeneration } from './finished-generation';

// Middleware copies `providerOptions` by their text keys, and merges the objects in them: a function under a
// text key is handed on as it is, and is in no JSON. What a browser or an agent sends is never taken for it.
const name = 'ai-sdk-a2a-settlement.call-watch';

// On the function. One for all copies of this package.
const watched = Symbol.for(name);

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
  const carrier = Object.assign(() => {}, { [watched]: watch });
  const settlement = Object.assign({ ...providerOptions?.['settlement'] }, { [name]: carrier });
  return { ...providerOptions, settlement };
}

/** The watch on a call, if there is one. */
export function watchOf({
  providerOptions,
}: Pick<LanguageModelV4CallOptions, 'providerOptions'>): CallWatch | undefined {
  const carrier: unknown = providerOptions?.['settlement']?.[name];
  if (typeof carrier !== 'function') return undefined;
  const watch: unknown = Reflect.get(carrier, watched);
  return isWatch(watch) ? watch : undefined;
}

/** The `providerOptions.settlement` of a call as its caller gave it, without the watch. */
export function callOptionsOf(
  call: Pick<LanguageModelV4CallOptions, 'providerOptions'>,
): JSONObject | undefined {
  const settlement = call.providerOptions?.['settlement'];
  if (watchOf(call) === undefined) return settlement;
  const { [name]: _, ...own } = settlement ?? {};
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
