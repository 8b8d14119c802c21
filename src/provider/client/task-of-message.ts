import type { A2AEvent, A2AMessage, A2ATask } from './a2a-event';

/** `ListTasks` of protocol 1.0 lists the most recently updated tasks first, at most 100, with their history. */
export const maxListedTasks = 100;

/**
 * The id of the listed task that a message has started; undefined if there is none, or if it is not clear which
 * one.
 */
export function taskOfMessage(
  listed: unknown,
  sent: SentMessage,
  read: (task: unknown) => A2AEvent | undefined,
): string | undefined {
  const tasks = (Array.isArray(listed) ? listed : []).flatMap((value: unknown) => {
    const event = read(value);
    return event?.type === 'task' && contains(event.task, sent) ? [event.task] : [];
  });
  // Agents may repeat a conversation in the history of its later tasks. Other callers may see the id in a list
  // that all callers share, and copy it.
  const [first, second] = tasks.length > 1 ? tasks.filter((task) => endsWith(task, sent)) : tasks;
  return second === undefined ? first?.id : undefined;
}

function contains(
  { contextId: conversation, history, id }: A2ATask,
  { contextId, messageId }: SentMessage,
): boolean {
  // Not every agent lists only the conversation that it was asked for.
  if (contextId !== '' && conversation !== '' && conversation !== contextId) return false;
  return history.some(
    ({ messageId: held, taskId }) => held === messageId && (taskId === '' || taskId === id),
  );
}

/** Whether the message is the caller's last one in the task. */
function endsWith({ history }: A2ATask, { messageId }: SentMessage): boolean {
  return history.findLast(({ role }) => role === 'user')?.messageId === messageId;
}

type SentMessage = Pick<A2AMessage, 'contextId' | 'messageId'>;
