import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { keepAlive, type WaitUntil } from '../../internal/keep-alive';

/** Sends a cancel request for a task that waits for its caller. The call does not wait for the response. */
export function cancelWaitingTask(
  model: object,
  taskId: string,
  {
    params: { headers },
    waitUntil,
  }: {
    /** The parameters of the call that the agent waits for. */
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
