import { SettlementError, type AgentTerms, type SettlementRail } from '../../rails/rail';
import {
  hasCurrencyLimits,
  limitsInForce,
  noLimit,
  type SpendingLimitOptions,
} from './currency-limits';

/** The terms of an agent's card for one rail. */
export interface RailOffer {
  rail: SettlementRail;
  /** Undefined if the card has no terms for this rail. */
  terms: AgentTerms | undefined;
}

/** The rail of a call. */
export interface ChosenRail extends RailOffer {
  /** The agent's response names the payee and the amount. */
  isAsked: boolean;
}

/** The card's terms for each rail, in the order of the rails. */
export function readOffers(
  rails: readonly SettlementRail[],
  card: unknown,
  skill: string | undefined,
): RailOffer[] {
  return rails.map((rail) => ({
    rail,
    terms: card === undefined ? undefined : rail.terms(card, { skill }),
  }));
}

/**
 * Chooses the first rail that the card names, that can pay the agent, and that has a limit in its currency;
 * else the first that could, if it had its credentials. If no card names a payment method, the agent's response
 * may.
 *
 * @throws SettlementError `NO_LIMIT` if only a limit is missing.
 */
export function chooseRail(
  offers: RailOffer[],
  {
    accountId,
    agent,
    limits,
  }: {
    /** The payee's account, on rails where the payer captures. */
    accountId: string | undefined;
    /** The model id. */
    agent: string;
    limits: SpendingLimitOptions;
  },
): ChosenRail {
  const isOnly = offers.length === 1;
  let lacking: Error | undefined;
  let unconfigured: ChosenRail | undefined;
  for (const { rail, terms } of offers) {
    const { capturedBy } = rail.capabilities;
    const isReady = isOnly || notConfigured(rail) === undefined;
    if (capturedBy === 'payer') {
      if ((accountId ?? terms?.payee) === undefined) continue;
      const chosen = { rail, terms, isAsked: false };
      if (isReady) return chosen;
      // An account that is set for the agent does not appear on a card: it may belong to another rail.
      if (terms?.payee !== undefined) unconfigured ??= chosen;
      continue;
    }
    if (terms === undefined) continue;
    const isAsked = terms.isAsked === true && rail.challenge !== undefined;
    if (!isAsked && terms.payee === undefined) continue;
    if (!isReady) {
      unconfigured ??= { rail, terms, isAsked };
      continue;
    }
    const code = codeOf(terms);
    const isLimited =
      isAsked && code === undefined
        ? hasCurrencyLimits(limits)
        : limitsInForce(limits, rail, code) !== undefined;
    if (isLimited) return { rail, terms, isAsked };
    lacking ??= noLimit(agent, code);
  }
  if (lacking !== undefined) throw lacking;
  if (unconfigured !== undefined) return unconfigured;
  return askedOrFirst(offers, limits);
}

/** The card's terms cannot be paid on any rail. */
function askedOrFirst(offers: RailOffer[], limits: SpendingLimitOptions): ChosenRail {
  const asking = offers.find(
    ({ rail }) =>
      rail.challenge !== undefined &&
      hasCurrencyLimits(limits) &&
      notConfigured(rail) === undefined,
  );
  if (asking !== undefined) return { ...asking, isAsked: true };
  const first =
    offers.find(({ terms }) => terms !== undefined) ??
    offers.find(({ rail }) => rail.capabilities.capturedBy === 'payer') ??
    offers[0];
  if (first === undefined) throw new Error('No rail: the options were not validated.');
  return { ...first, isAsked: false };
}

export function codeOf({ currency }: Pick<AgentTerms, 'currency'>): string | undefined {
  return typeof currency === 'object' ? currency.code : currency;
}

/** Why a rail cannot pay. Undefined if it can. */
export function notConfigured(rail: SettlementRail): SettlementError | undefined {
  try {
    rail.assertConfigured();
    return undefined;
  } catch (error) {
    if (SettlementError.isInstance(error)) return error;
    throw error;
  }
}
