import { SettlementError, type Amount, type SettlementRail } from '../../rails/rail';

/** The most that may be spent in one currency, without fees. What is refunded does not count. */
export interface CurrencyLimits<AMOUNT extends Amount = Amount> {
  /** In one call. */
  perCall?: AMOUNT;
  /**
   * In one conversation, within a day. A conversation is `providerOptions.settlement.conversationId`
   * where given, else the agent's `contextId`. That one is no limit to an agent, which may answer each
   * turn under a new one, nor to whoever holds the messages: set `conversationId` where it is to be one.
   */
  perConversation?: AMOUNT;
  /** In any span of so many minutes. */
  perWindow?: { amount: AMOUNT; minutes: number };
  /**
   * Calls under way at a time. A turn that goes on with a task under its kept hold is counted, and is
   * not refused itself.
   */
  concurrent?: number;
}

/**
 * The most that may be spent. The bare limits count the exchange's tokens, which are whole. Those of
 * other currencies stand under their codes, and may have decimals: `{ perCall: 50, USDC: { perCall: 0.5 } }`.
 * On rails whose agent captures, nothing is paid in a currency that has none.
 */
export interface SpendingLimitOptions extends CurrencyLimits<number> {
  [currency: string]:
    | CurrencyLimits
    // The bare ones, which an index has to allow as well.
    | CurrencyLimits<number>[keyof CurrencyLimits];
}

/** What the limits of one currency are called in a message, and what they are. */
export interface LimitsInForce {
  /** `limits`, or `limits.USDC`. */
  name: string;
  /** Undefined for the exchange's tokens. */
  currency: string | undefined;
  limits: CurrencyLimits;
}

/** The bare ones. */
export function inTokens(limits: SpendingLimitOptions): LimitsInForce {
  return { name: 'limits', currency: undefined, limits };
}

/** Undefined where nothing may be paid: the agent captures, and its currency has no limit. */
export function limitsInForce(
  limits: SpendingLimitOptions,
  { capabilities }: Pick<SettlementRail, 'capabilities'>,
  currency: string | undefined,
): LimitsInForce | undefined {
  // A card may say any currency of a rail that holds tokens: it counts them all the same.
  if (capabilities.capturedBy === 'payer') return inTokens(limits);
  const own = currency === undefined ? undefined : ofCurrency(limits, currency);
  return own && { name: `limits.${currency}`, currency, limits: own };
}

/** Of all currencies, the exchange's tokens first. */
export function allLimits(limits: SpendingLimitOptions): CurrencyLimits[] {
  const codes = Object.keys(limits);
  return [limits, ...codes.flatMap((code) => ofCurrency(limits, code) ?? [])];
}

export function hasCurrencyLimits(limits: SpendingLimitOptions): boolean {
  return allLimits(limits).length > 1;
}

export const limitNames = ['perCall', 'perConversation', 'perWindow', 'concurrent'] as const;

/** Nothing is paid in a currency about which nobody has said how much it may be. */
export function noLimit(agent: string, code: string | undefined): SettlementError {
  const line = `limits: { ${code === undefined ? '<currency>' : key(code)}: { perCall: … } }`;
  const what = code === undefined ? 'what it may be paid' : key(code);
  return new SettlementError({
    code: 'NO_LIMIT',
    message: `The call of agent "${agent}" was not paid: there is no limit for ${what}, and without one nothing is signed. Add it to the options of the settlement: ${line}.`,
    isDispatched: false,
  });
}

/** As it is written in an object. It may be an agent's word. */
function key(code: string): string {
  const short = code.slice(0, 40);
  return /^[a-z]\w*$/i.test(short) ? short : JSON.stringify(short);
}

function ofCurrency(limits: SpendingLimitOptions, code: string): CurrencyLimits | undefined {
  // What an agent calls its currency is not to be mistaken for a limit.
  const isLimit = limitNames.some((name) => name === code);
  const own = Object.hasOwn(limits, code) && !isLimit ? limits[code] : undefined;
  return typeof own === 'object' && !('minutes' in own) ? own : undefined;
}
