import { type HoldRequest, SettlementError } from '../rail';
import { readPaymentOffer } from './read-agent-terms';
import type { NeverminedOffer } from './read-challenge';

/** What an agent can be paid with. */
export interface PlansToPay {
  /** Never empty. */
  planIds: string[];
  /** Those of them that may be ordered: the payer's own, and those on this agent's own card. */
  orderable: string[];
}

/** Of those that an agent names. Each of several is a request to the backend. */
export const MOST_PLANS = 20;

/**
 * The plans that an agent is paid with: what it asks for, else what its card names, and of these the
 * configured ones where there are any. A challenge may name any plan at any price, so that one which it
 * alone names is not ordered.
 *
 * @throws SettlementError `NO_PAYEE` when there is none.
 */
export function plansToPay(
  { payee, agent, challenge }: HoldRequest,
  offer: NeverminedOffer | undefined,
  configured: readonly string[],
): PlansToPay {
  // Not what other cards said of this id: any card can claim it.
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
        ? `Agent ${payee} names no plan${challenge ? ' in what it asks for' : ' on its card'}. Pass \`planId\` to \`nevermined\`.`
        : `Agent ${payee} takes none of the plans in \`planId\`. It takes ${named.slice(0, 3).join(', ')}.`,
  });
}
