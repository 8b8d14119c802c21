import { A2ATaskError, SettlementError } from 'ai-sdk-a2a-settlement';
import { ApprovalNeeded } from './approval';
import type { Problem } from './chat-message';

/**
 * What a page may know of an error. The errors of this package contain no key, no prompt and no
 * answer. Others are not shown, as they may say anything.
 */
export function describeProblem(error: unknown): Problem {
  if (error instanceof ApprovalNeeded) {
    return { code: 'NOT_APPROVED', message: error.message, approval: error.quote };
  }
  if (A2ATaskError.isInstance(error)) return { code: error.state, message: error.message };
  if (SettlementError.isInstance(error)) return { code: error.code, message: error.message };
  console.error(error);
  return { message: 'The agent could not be called.' };
}
