import type { A2AEvent } from './a2a-event';

/** The task and the conversation of an event. Empty if the event has none. */
export function idsOf(event: A2AEvent): { taskId: string; contextId: string } {
  switch (event.type) {
    case 'task':
      return { taskId: event.task.id, contextId: event.task.contextId };
    case 'message':
      return event.message;
    default:
      return event;
  }
}
