import { APICallError } from '@ai-sdk/provider';
import type {
  LanguageModelV4,
  LanguageModelV4FinishReason,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import { isAbortError } from '@ai-sdk/provider-utils';
import { isA2AModel } from '../state/is-a2a-model';
import type { Outcome, RefundReason } from '../state/settlement-state';
import { isWaitingState } from '../state/task-states';

/**
 * What a finished generation means for its payment.
 *
 * An A2A agent is paid by the final state of its task (A2A-SE specification, section 3.1), never only because a
 * stream ended. Any other model is paid unless it reports that it failed or was cut off.
 */
export function classifyFinish(
  model: LanguageModelV4,
  { unified, raw }: LanguageModelV4FinishReason,
  providerMetadata: SharedV4ProviderMetadata | undefined,
): Outcome {
  if (unified === 'error') return { type: 'failed', reason: reasonOf(raw) };
  if (unified === 'interrupted') return { type: 'failed', reason: 'stream-cut' };
  // A completed task whose answer reached its length limit is delivered too.
  if (!isA2AModel(model) || unified === 'stop' || raw === 'completed') return { type: 'delivered' };
  const taskId = providerMetadata?.['a2a']?.['taskId'];
  const isWaiting = isWaitingState(raw);
  const isWorking = raw === 'submitted' || raw === 'working';
  // Without a task id no later call could use the hold.
  if (!(isWaiting || isWorking) || typeof taskId !== 'string') {
    return { type: 'failed', reason: 'stream-cut' };
  }
  return { type: 'paused', taskId, ...(isWorking && { isWorking }) };
}

export function classifyError(
  model: LanguageModelV4,
  error: unknown,
  abortSignal: AbortSignal | undefined,
): Outcome {
  if (abortSignal?.aborted === true || isAbortError(error)) {
    return { type: 'failed', reason: 'aborted' };
  }
  if (isA2AModel(model) && isUnreached(error)) return { type: 'failed', reason: 'unreachable' };
  const state =
    typeof error === 'object' && error !== null && 'state' in error ? error.state : undefined;
  return { type: 'failed', reason: reasonOf(state) };
}

/**
 * Whether no message can have been sent: no connection was made. An agent that has responded at all, even with
 * 503, may have bound the hold.
 */
function isUnreached(error: unknown): boolean {
  return APICallError.isInstance(error) && error.isRetryable && error.statusCode === undefined;
}

function reasonOf(state: unknown): RefundReason {
  switch (state) {
    case 'failed':
      return 'task-failed';
    case 'rejected':
      return 'task-rejected';
    case 'canceled':
      return 'task-canceled';
    default:
      return 'error';
  }
}
