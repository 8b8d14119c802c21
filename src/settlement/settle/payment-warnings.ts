import type { LanguageModelV4, SharedV4Warning } from '@ai-sdk/provider';
import { compareAmounts } from '../../internal/decimal';
import { totalTimeoutMsOf } from '../../internal/total-timeout';
import type { Hold } from '../../rails/rail';
import { hasConversation } from '../hold/conversation-of';
import { isA2AModel } from '../state/is-a2a-model';
import type { SettlementReceipt } from '../state/settlement-receipt';

/** A wrapped model has the methods of every model only. */
export function hiddenMethodsWarning(model: LanguageModelV4): SharedV4Warning[] {
  if (!isA2AModel(model) || hasConversation(model)) return [];
  return [
    {
      type: 'other',
      message: `Another middleware stands between the settlement and agent "${model.modelId}", and hides how its conversations go on and how its tasks stand: a task that asks back is then held for anew, and an answer that was stopped is refunded unseen. Give the settlement’s middleware last: \`middleware: [other, settlement.middleware]\`.`,
    },
  ];
}

/** A hold that lapses while its agent may still work is a hold that cannot be released. */
export function earlyLapseWarning(
  model: LanguageModelV4,
  { expiresAt }: Hold,
  now: number,
): SharedV4Warning[] {
  const totalTimeoutMs = totalTimeoutMsOf(model);
  const leftMs = expiresAt.getTime() - now;
  if (totalTimeoutMs === undefined || leftMs >= totalTimeoutMs) return [];
  const minutes = Math.ceil(totalTimeoutMs / 60_000) + 1;
  const message = `The hold lapses in ${Math.round(leftMs / 1000)} s, and the agent may take ${Math.round(totalTimeoutMs / 1000)} s: it would not be paid for what it delivers after that. Set ttlMinutes to ${minutes} or more.`;
  return [{ type: 'other', message }];
}

/** The agent took more than was held for it. */
export function overchargeWarning({
  amount,
  captured,
  currency,
}: SettlementReceipt): SharedV4Warning[] {
  if (amount === undefined || captured === undefined || compareAmounts(captured, amount) <= 0) {
    return [];
  }
  const message = `The agent took ${captured} ${currency ?? 'tokens'}, and ${amount} was agreed to.`;
  return [{ type: 'other', message }];
}
