import { type HoldRequest, SettlementError } from '../rail';
import { readPaymentOffer } from './read-agent-terms';
import type { NeverminedOffer } from './read-challenge';

/** The plans that can pay an agent. */
export interface PlansToPay {
  /** Never empty. */
  planIds: string[];
  /** The plans that may be ordered: the payer's own, and those on this agent's own card. */
  orderable: string[];
}

/** The maximum number of an agent's plans that are considered: each costs a request to the backend. */
export const MOST_PLANS = 20;

/**
 * The plans that can pay an agent: those in its payment request, otherwise those on its card, limited to the
 * configured plans if there are any. A payment request may name any plan at any price, so a plan that only
 * the request names is not ordered.
 *
 * @throws SettlementError `NO_PAYEE` if there is none.
 */
export function plansToPay(
  { payee, agent, challenge }: HoldRequest,
  offer: NeverminedOffer | undefined,
  configured: readonly string[],
): PlansToPay {
  // Not from other cards with this agent id: a card can claim any id.
  const card = readPaymentOffer(agent?.card)?.planIds ?? [];
  const asked = offer?.planIds ?? [];
  const named = asked.length === 0 ? card : [...new Set(asked)];
  if (configured.length === 0 && named.length > 0) {
    const planIds = named.slice(0, MOST_PLANS);
    return { planIds, orderable: planIds.filter((planId) => card.includes(planId)) };
  }
  const planIds =
    named.length === 0 ? [...configured] : configured.filter((planId) => named.includes(planId));
  if (planIds.length > 0) return { planIds, orderable: planIds };
  throw new SettlementError({
    code: 'NO_PAYEE',
    message:
      named.length === 0
        ? `Agent ${payee} names no plan${challenge ? ' in its payment request' : ' on its card'}. Pass \`planId\` to \`nevermined\`.`
        : `Agent ${payee} accepts none of the plans in \`planId\`. It accepts ${named.slice(0, 3).join(', ')}.`,
  });
}
