import type { LanguageModelV4FinishReason } from '@ai-sdk/provider';
import type { A2ATaskState } from '../common/task-state';

/**
 * `raw` is the task's state, or `message` for an answer without a task.
 * Failed, rejected and canceled tasks are errors, not finish reasons; in a stream they end it as `error`.
 */
export function mapA2AFinishReason(
  state: A2ATaskState | 'message' | undefined,
): LanguageModelV4FinishReason {
  switch (state) {
    case 'completed':
    case 'message':
      return { unified: 'stop', raw: state };
    case 'failed':
    case 'rejected':
    case 'canceled':
      return { unified: 'error', raw: state };
    default:
      return { unified: 'other', raw: state };
  }
}
