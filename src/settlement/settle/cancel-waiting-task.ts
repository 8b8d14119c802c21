import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { keepAlive, type WaitUntil } from '../../internal/keep-alive';

/** Asks an agent to cancel a task that waits for its caller. The call does not wait for the answer. */
export function cancelWaitingTask(
  model: object,
  taskId: string,
  {
    params: { headers },
    waitUntil,
  }: {
    /** Those of the call that the agent waits for. */
    params: Pick<LanguageModelV4CallOptions, 'headers'>;
    waitUntil: WaitUntil | undefined;
  },
): void {
  if (!hasCancelTask(model)) return;
  const options = headers === undefined ? {} : { headers };
  const canceling = model.cancelTask(taskId, options).catch(() => {});
  keepAlive(waitUntil, canceling);
}

interface WithCancelTask {
  cancelTask(
    taskId: string,
    options: Pick<LanguageModelV4CallOptions, 'headers'>,
  ): Promise<unknown>;
}

function hasCancelTask(model: object): model is WithCancelTask {
  return 'cancelTask' in model && typeof model.cancelTask === 'function';
}
