import type { LanguageModelV4, SharedV4Warning } from '@ai-sdk/provider';
import { isA2AModel } from '../outcome/classify-outcome';
import { hasConversation } from '../hold/conversation-of';

/** A wrapped model has the methods of every model only. */
export function warnOfHidden(model: LanguageModelV4): SharedV4Warning[] {
  if (!isA2AModel(model) || hasConversation(model)) return [];
  return [
    {
      type: 'other',
      message: `Another middleware stands between the settlement and agent "${model.modelId}", and hides how its conversations go on and how its tasks stand: a task that asks back is then held for anew, and an answer that was stopped is refunded unseen. Give the settlement’s middleware last: \`middleware: [other, settlement.middleware]\`.`,
    },
  ];
}
