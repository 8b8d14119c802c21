import type { LanguageModelV4, SharedV4Warning } from '@ai-sdk/provider';
import { compareAmounts } from '../../internal/decimal';
import { totalTimeoutMsOf } from '../../internal/total-timeout';
import type { Hold } from '../../rails/rail';
import { hasConversation } from '../hold/conversation-of';
import { isA2AModel } from '../state/is-a2a-model';
import type { SettlementReceipt } from '../state/settlement-receipt';

/** A model behind other middleware exposes only the methods that every model has. */
export function hiddenMethodsWarning(model: LanguageModelV4): SharedV4Warning[] {
  if (!isA2AModel(model) || hasConversation(model)) return [];
  return [
    {
      type: 'other',
      message: `Another middleware between the settlement and agent "${model.modelId}" hides the state of its conversations and tasks: a task that asks a question then gets a new hold, and an aborted answer is refunded without a status query. Put the settlement’s middleware last: \`middleware: [other, settlement.middleware]\`.`,
    },
  ];
}

/** A hold that expires while its agent may still be working cannot be released. */
export function earlyLapseWarning(
  model: LanguageModelV4,
  { expiresAt }: Hold,
  now: number,
): SharedV4Warning[] {
  const totalTimeoutMs = totalTimeoutMsOf(model);
  const leftMs = expiresAt.getTime() - now;
  if (totalTimeoutMs === undefined || leftMs >= totalTimeoutMs) return [];
  const minutes = Math.ceil(totalTimeoutMs / 60_000) + 1;
  const message = `The hold expires in ${Math.round(leftMs / 1000)} s, and the agent may take ${Math.round(totalTimeoutMs / 1000)} s: an answer that arrives later would not be paid. Set ttlMinutes to ${minutes} or more.`;
  return [{ type: 'other', message }];
}

/** The agent captured more than was held. */
export function overchargeWarning({
  amount,
  captured,
  currency,
}: SettlementReceipt): SharedV4Warning[] {
  if (amount === undefined || captured === undefined || compareAmounts(captured, amount) <= 0) {
    return [];
  }
  const message = `The agent captured ${captured} ${currency ?? 'tokens'}, but ${amount} was agreed.`;
  return [{ type: 'other', message }];
}
