import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { A2AEvent, A2APushNotificationConfig } from '../client/a2a-event';
import { withoutPayments } from '../message/without-payments';
import { getTask } from './get-task';
import { cancelTask } from './cancel-task';
import type { Conversing } from './converse';
import { followUpTask } from './follow-up-task';
import { toA2AError } from './to-a2a-error';

/**
 * Resumes a task that was started by an earlier call, without sending a message: yields its current content,
 * then its events, until the task has ended or waits for the caller.
 *
 * @throws A2AProtocolError if the agent does not know the task, or cannot report its status.
 */
export async function* resumeTask(
  call: Omit<Conversing, 'request'>,
  {
    returnImmediately,
    taskId,
    pushNotification,
  }: {
    taskId: string;
    /** Does not wait for a running task. */
    returnImmediately: boolean;
    pushNotification: A2APushNotificationConfig | undefined;
  },
): AsyncGenerator<LanguageModelV4StreamPart[]> {
  const { abort, answer, cancellations, client, requestOptions } = call;
  answer.taskId = taskId;
  try {
    if (pushNotification !== undefined) {
      // Registered before the status query: otherwise both could miss a task that ends in between.
      await client.setPushNotification(taskId, pushNotification, requestOptions);
    }
    const task = { ...call, taskId };
    yield take(await getTask(task));
    if (answer.isOver || returnImmediately) return;
    const { hasShown } = answer;
    for await (const event of followUpTask({ ...task, listens: true, hasShown })) yield take(event);
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : toA2AError(error, call);
  } finally {
    if (abort.signal.aborted && !answer.isOver) {
      await cancelTask({ cancellations, client, taskId, requestOptions });
    }
  }

  function take(event: A2AEvent): LanguageModelV4StreamPart[] {
    const parts = answer.accept(event);
    if (call.includeRawChunks) parts.unshift({ type: 'raw', rawValue: withoutPayments(event.raw) });
    return parts;
  }
}
