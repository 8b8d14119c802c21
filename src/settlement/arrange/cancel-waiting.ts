import { keepAlive, type WaitUntil } from '../core/keep-alive';

/** Asks an agent not to wait any more. Nobody waits for it, unless there is something to wait with. */
export function cancelWaiting(
  model: object,
  taskId: string,
  waitUntil: WaitUntil | undefined,
): void {
  if (!hasCancelTask(model)) return;
  const canceling = model.cancelTask(taskId).catch(() => {});
  keepAlive(waitUntil, canceling);
}

interface WithCancelTask {
  cancelTask(taskId: string): Promise<unknown>;
}

function hasCancelTask(model: object): model is WithCancelTask {
  return 'cancelTask' in model && typeof model.cancelTask === 'function';
}
