import { isRecord } from '@ai-sdk/provider-utils';
import type { A2AEvent, A2AMessage } from '../client/a2a-event';
import { idsOf } from '../client/ids-of';
import { isFailure, isPaused, isTerminal } from '../client/task-state';
import { textOf } from './convert-from-a2a-part';

/** The event says that the task has ended, or waits for the caller. */
export function endsTask(event: A2AEvent): boolean {
  if (event.type === 'message') return true;
  if (event.type === 'artifact') return false;
  const state = (event.type === 'task' ? event.task.status : event.status)?.state;
  return isTerminal(state) || isPaused(state);
}

/** The event holds a piece of an artifact, which means nothing without the pieces before it. */
export function isPiece(event: A2AEvent): boolean {
  return event.type === 'artifact' && event.append;
}

/** What the agent has said since the caller spoke last, in one message or piece by piece. */
export function lastWordsOf(history: A2AMessage[]): A2AMessage | undefined {
  const last = history.at(-1);
  if (last === undefined || isFromUser(last)) return undefined;
  const earlier = history
    .slice(history.findLastIndex(isFromUser) + 1, -1)
    .flatMap(({ parts }) => parts.filter(({ type }) => type === 'text'));
  // Some repeat it with more each time.
  const isWhole = textOf(last.parts).startsWith(textOf(earlier));
  return isWhole ? last : { ...last, parts: [...earlier, ...last.parts] };
}

function isFromUser({ role }: A2AMessage): boolean {
  return role === 'user';
}

/** Gemini CLI tells of its statuses which are its answer. */
export function isSpokenText(metadata: Record<string, unknown> | undefined): boolean {
  const told = metadata?.['coderAgent'];
  return isRecord(told) && told['kind'] === 'text-content';
}

/** The event belongs to another task, or to another conversation, than what came before it. */
export function isForeign(
  event: A2AEvent,
  known: { taskId: string | undefined; contextId: string | undefined },
): boolean {
  const { taskId, contextId } = idsOf(event);
  if (known.taskId !== undefined && taskId !== '') return taskId !== known.taskId;
  return known.contextId !== undefined && contextId !== '' && contextId !== known.contextId;
}

/**
 * Servers of the A2A SDK 0.3 tell that an executor threw under a task id of their own making. As the
 * last word of a stream that is our task's end; undefined for any other event.
 */
export function asOwnFailure(
  event: A2AEvent,
  { contextId }: { contextId: string | undefined },
): A2AEvent | undefined {
  if (event.type !== 'status' || event.contextId !== contextId) return undefined;
  return isFailure(event.status?.state) ? { ...event, taskId: '' } : undefined;
}
