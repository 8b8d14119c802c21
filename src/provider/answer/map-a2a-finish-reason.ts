import type { LanguageModelV4FinishReason } from '@ai-sdk/provider';
import type { A2ATaskState } from '../client/task-state';

/**
 * `raw` is the task's state, or `message` for an answer without a task. A completed task may report that its
 * model was cut off (`saidReason`: `length` or `content-filter`), as agents of this package do. Failed,
 * rejected and canceled tasks are errors, not finish reasons; in a stream they end it as `error`.
 */
export function mapA2AFinishReason(
  state: A2ATaskState | 'message' | undefined,
  saidReason?: unknown,
): LanguageModelV4FinishReason {
  switch (state) {
    case 'completed':
      return saidReason === 'length' || saidReason === 'content-filter'
        ? { unified: saidReason, raw: state }
        : { unified: 'stop', raw: state };
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
