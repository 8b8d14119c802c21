import { isRecord } from '@ai-sdk/provider-utils';
import type { A2AEvent, A2AMessage } from '../client/a2a-event';
import { idsOf } from '../client/ids-of';
import { isFailure, isPaused, isTerminal } from '../client/task-state';
import { textOf } from './convert-from-a2a-part';

/** Whether the event reports that the task has ended, or waits for the caller. */
export function endsTask(event: A2AEvent): boolean {
  if (event.type === 'message') return true;
  if (event.type === 'artifact') return false;
  const state = (event.type === 'task' ? event.task.status : event.status)?.state;
  return isTerminal(state) || isPaused(state);
}

/** Whether the event is a piece of an artifact, which is incomplete without the pieces before it. */
export function isPiece(event: A2AEvent): boolean {
  return event.type === 'artifact' && event.append;
}

/** The agent's messages after the caller's last one: one message, or several pieces. */
export function lastWordsOf(history: A2AMessage[]): A2AMessage | undefined {
  const last = history.at(-1);
  if (last === undefined || isFromUser(last)) return undefined;
  const earlier = history
    .slice(history.findLastIndex(isFromUser) + 1, -1)
    .flatMap(({ parts }) => parts.filter(({ type }) => type === 'text'));
  // Some agents repeat the message with more text each time.
  const isWhole = textOf(last.parts).startsWith(textOf(earlier));
  return isWhole ? last : { ...last, parts: [...earlier, ...last.parts] };
}

function isFromUser({ role }: A2AMessage): boolean {
  return role === 'user';
}

/** Gemini CLI marks the statuses that are its answer. */
export function isSpokenText(metadata: Record<string, unknown> | undefined): boolean {
  const told = metadata?.['coderAgent'];
  return isRecord(told) && told['kind'] === 'text-content';
}

/** Whether the event belongs to another task, or to another conversation, than the events before it. */
export function isForeign(
  event: A2AEvent,
  known: { taskId: string | undefined; contextId: string | undefined },
): boolean {
  const { taskId, contextId } = idsOf(event);
  if (known.taskId !== undefined && taskId !== '') return taskId !== known.taskId;
  return known.contextId !== undefined && contextId !== '' && contextId !== known.contextId;
}

/**
 * Servers of the A2A SDK 0.3 report an executor that threw under a new task id. As the last event of a stream
 * it is the end of our task; undefined for any other event.
 */
export function asOwnFailure(
  event: A2AEvent,
  { contextId }: { contextId: string | undefined },
): A2AEvent | undefined {
  if (event.type !== 'status' || event.contextId !== contextId) return undefined;
  return isFailure(event.status?.state) ? { ...event, taskId: '' } : undefined;
}
