import { addAmounts } from '../../internal/decimal';
import type { SettlementHold } from '../../settlement/recovery/list-holds';
import type { LostHold } from './dashboard-source';
import type { HeldNow, Sum, UnresolvedHold } from './dashboard-view';
import type { HoldOutcome, HoldStory } from '../../wallet/hold-story';

/** A hold that ended while its ledger was asked is left out, and so is one that is listed as unresolved. */
export function underWayOf(
  holds: SettlementHold[],
  stories: HoldStory[],
  lost: Set<string>,
): HeldNow[] {
  const outcomes = new Map<string, HoldOutcome>(
    stories.map(({ outcome, taskId }) => [taskId, outcome]),
  );
  return holds
    .filter(({ taskId }) => (outcomes.get(taskId) ?? 'open') === 'open' && !lost.has(taskId))
    .map(({ amount, expiresAt, fee, heldAt, labels = {}, ...hold }) => ({
      state: hold.state,
      rail: hold.rail,
      agent: hold.agent,
      payee: hold.payee,
      escrowId: hold.escrowId,
      currency: hold.currency,
      total: String(addAmounts(String(amount), String(fee))),
      heldAt: heldAt?.toISOString(),
      expiresAt: expiresAt.toISOString(),
      labels,
    }))
    .sort((one, other) => (other.heldAt ?? '').localeCompare(one.heldAt ?? ''));
}

export function sumsOf(holds: HeldNow[]): Sum[] {
  const sums = new Map<string, string>();
  for (const { currency, total } of holds) {
    sums.set(currency, String(addAmounts(sums.get(currency) ?? '0', total)));
  }
  return [...sums].sort().map(([currency, amount]) => ({ currency, amount }));
}

/** Holds that were not settled, and requests of holds whose answers were lost. */
export function unresolvedOf(stories: HoldStory[], lost: LostHold[]): UnresolvedHold[] {
  const recorded = stories
    .filter(({ outcome }) => outcome === 'unresolved')
    .map((story): UnresolvedHold => {
      const step = story.steps.findLast(({ status }) => status === 'unresolved');
      return {
        why: step === undefined ? 'expired' : 'failed',
        rail: story.rail,
        agent: story.agent,
        payee: story.payee,
        escrowId: story.escrowId,
        currency: story.currency,
        total: String(addAmounts(story.amount, story.fee)),
        error: step?.error,
        heldAt: story.heldAt,
      };
    });
  const requested = lost.map(({ agent, amount, payee, requestedAt }): UnresolvedHold => ({
    why: 'lost',
    agent,
    payee,
    total: amount,
    heldAt: requestedAt,
  }));
  return [...requested, ...recorded];
}
