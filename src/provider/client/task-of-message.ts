import type { A2AEvent } from './a2a-event';

/** `ListTasks` of protocol 1.0 lists the most recently updated tasks first, at most 100, with their history. */
export const maxListedTasks = 100;

/** The id of the listed task whose history contains a message; undefined if there is none. */
export function taskOfMessage(
  listed: unknown,
  messageId: string,
  read: (task: unknown) => A2AEvent | undefined,
): string | undefined {
  for (const value of Array.isArray(listed) ? listed : []) {
    const event = read(value);
    if (event?.type !== 'task') continue;
    const { history, id } = event.task;
    if (history.some((message) => message.messageId === messageId)) return id;
  }
  return undefined;
}
