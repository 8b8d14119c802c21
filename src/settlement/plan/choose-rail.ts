import { SettlementError, type AgentTerms, type SettlementRail } from '../../rails/rail';
import {
  hasCurrencyLimits,
  limitsInForce,
  noLimit,
  type SpendingLimitOptions,
} from './currency-limits';

/** What an agent's card says to one rail. */
export interface RailOffer {
  rail: SettlementRail;
  /** Undefined when it says nothing to it. */
  terms: AgentTerms | undefined;
}

/** The rail of a call. */
export interface ChosenRail extends RailOffer {
  /** Whom and how much to pay is what the agent answers. */
  isAsked: boolean;
}

/** What the card says to each rail, in the order of the rails. */
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
 * The first rail that the card speaks of, that can pay the agent, and that has a limit in its currency; else
 * the first that could, were its credentials there. Where no card says how an agent is paid, it may say so
 * itself.
 *
 * @throws SettlementError `NO_LIMIT` when the only thing that is missing is a limit.
 */
export function chooseRail(
  offers: RailOffer[],
  {
    accountId,
    agent,
    limits,
  }: {
    /** Of the payee, where payers capture. */
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
      // An account that is set for the agent is none on a card: another rail may be meant.
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

/** Nobody can be paid by what the card says. */
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
  if (first === undefined) throw new Error('A settlement has a rail: its options were checked.');
  return { ...first, isAsked: false };
}

export function codeOf({ currency }: Pick<AgentTerms, 'currency'>): string | undefined {
  return typeof currency === 'object' ? currency.code : currency;
}

/** What keeps a rail from paying. Undefined when nothing does. */
export function notConfigured(rail: SettlementRail): SettlementError | undefined {
  try {
    rail.assertConfigured();
    return undefined;
  } catch (error) {
    if (SettlementError.isInstance(error)) return error;
    throw error;
  }
}
