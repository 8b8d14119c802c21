import type { LanguageModelV4CallOptions, SharedV4ProviderOptions } from '@ai-sdk/provider';

/**
 * The key of the mark in `providerOptions.settlement`. Calls that a settlement leaves unpaid have it, too: a
 * settlement inside may pay those, unlike calls with `isSettled`.
 */
export const settledMark = 'ai-sdk-a2a-settlement.settled';

/** The call, with the mark that a settlement decides what is paid for it. */
export function asSettledCall<CALL extends Pick<LanguageModelV4CallOptions, 'providerOptions'>>(
  call: CALL,
): CALL {
  const { providerOptions } = call;
  const settlement = { ...providerOptions?.['settlement'], [settledMark]: true };
  return { ...call, providerOptions: { ...providerOptions, settlement } };
}

export function isSettledCall(providerOptions: SharedV4ProviderOptions | undefined): boolean {
  return providerOptions?.['settlement']?.[settledMark] === true;
}
