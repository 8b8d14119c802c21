import { SettlementError, type Amount, type SettlementRail } from '../../rails/rail';
import { rulesFor, type RulesByLabel } from './rules-for';

/** Spending limits in one currency, excluding fees. Refunds do not count. */
export interface CurrencyLimits<AMOUNT extends Amount = Amount> {
  /** Per call. */
  perCall?: AMOUNT;
  /**
   * Per conversation, within a day. A conversation is `providerOptions.settlement.conversationId` if given,
   * else the agent's `contextId`. The latter does not limit an agent, which may answer each turn with a new
   * one, nor anyone who holds the messages: set `conversationId` to enforce the limit.
   */
  perConversation?: AMOUNT;
  /** Within any period of this many minutes. */
  perWindow?: { amount: AMOUNT; minutes: number };
  /** Concurrent calls. A turn that continues a task under its kept hold is counted, but is never refused. */
  concurrent?: number;
}

/**
 * Spending limits. The plain limits count the exchange's tokens, which are whole numbers. The limits of other
 * currencies are listed under their codes, and may have decimals: `{ perCall: 50, USDC: { perCall: 0.5 } }`. On
 * rails where the agent captures, a currency without a limit is never paid.
 */
export interface SpendingLimitOptions extends CurrencyLimits<number> {
  [currency: string]:
    | CurrencyLimits
    // The plain limits, which the index signature has to allow as well.
    | CurrencyLimits<number>[keyof CurrencyLimits];
}

/** The limits of one currency and their name in messages. */
export interface LimitsInForce {
  /** `limits`, `limits.USDC`, or `byLabel.team.search.limits`. */
  name: string;
  /** Undefined for the exchange's tokens. */
  currency: string | undefined;
  limits: CurrencyLimits;
  /** If only calls with this value of a label count; an undefined value stands for those without the label. */
  label?: { name: string; value: string | undefined };
}

/** The plain limits. */
export function inTokens(limits: SpendingLimitOptions): LimitsInForce {
  return { name: 'limits', currency: undefined, limits };
}

/** Undefined if nothing may be paid: the agent captures, and its currency has no limit. */
export function limitsInForce(
  limits: SpendingLimitOptions,
  { capabilities }: Pick<SettlementRail, 'capabilities'>,
  currency: string | undefined,
): LimitsInForce | undefined {
  // A card may state any currency for a rail that holds tokens: the amounts are tokens in any case.
  if (capabilities.capturedBy === 'payer') return inTokens(limits);
  const own = currency === undefined ? undefined : ofCurrency(limits, currency);
  return own && { name: `limits.${currency}`, currency, limits: own };
}

/**
 * The limits of a call: those for all calls, then those of its labels.
 *
 * @throws SettlementError `NO_LIMIT` if one of them has no limit in a currency that must have one.
 */
export function allInForce(
  {
    agent,
    byLabel,
    labels,
    limits = {},
  }: {
    agent: string;
    byLabel?: RulesByLabel<{ limits?: SpendingLimitOptions }> | undefined;
    labels: Record<string, string> | undefined;
    limits?: SpendingLimitOptions | undefined;
  },
  rail: Pick<SettlementRail, 'capabilities'>,
  currency: string | undefined,
): LimitsInForce[] {
  const inForce = limitsInForce(limits, rail, currency);
  if (inForce === undefined) throw noLimit(agent, currency);
  const ofLabels = rulesFor(byLabel, labels).flatMap(({ name, option, rule, value }) => {
    if (rule.limits === undefined) return [];
    const own = limitsInForce(rule.limits, rail, currency);
    if (own === undefined) throw noLimit(agent, currency, `${option}.limits`);
    return [{ ...own, name: `${option}.${own.name}`, label: { name, value } }];
  });
  return [inForce, ...ofLabels];
}

/** The limits of all currencies, the exchange's tokens first. */
export function allLimits(limits: SpendingLimitOptions): CurrencyLimits[] {
  const codes = Object.keys(limits);
  return [limits, ...codes.flatMap((code) => ofCurrency(limits, code) ?? [])];
}

export function hasCurrencyLimits(limits: SpendingLimitOptions): boolean {
  return allLimits(limits).length > 1;
}

export const limitNames = ['perCall', 'perConversation', 'perWindow', 'concurrent'] as const;

/** The error for a currency without a limit, which is never paid. */
export function noLimit(
  agent: string,
  code: string | undefined,
  option = 'limits',
): SettlementError {
  const line = `${option}: { ${code === undefined ? '<currency>' : key(code)}: { perCall: … } }`;
  const what = code === undefined ? 'its payments' : key(code);
  return new SettlementError({
    code: 'NO_LIMIT',
    message: `The call of agent "${agent}" was not paid: there is no limit for ${what}, and no payment is signed without a limit. Add one to the settlement options: ${line}.`,
    isDispatched: false,
  });
}

/** The code as an object key. Quoted if needed, because it may come from an agent. */
function key(code: string): string {
  const short = code.slice(0, 40);
  return /^[a-z]\w*$/i.test(short) ? short : JSON.stringify(short);
}

function ofCurrency(limits: SpendingLimitOptions, code: string): CurrencyLimits | undefined {
  // A currency code from an agent must not be confused with the name of a limit.
  const isLimit = limitNames.some((name) => name === code);
  const own = Object.hasOwn(limits, code) && !isLimit ? limits[code] : undefined;
  return typeof own === 'object' && !('minutes' in own) ? own : undefined;
}
