import type { Message, StreamResponse } from '@a2a-js/sdk';
import { isRecord } from '@ai-sdk/provider-utils';
import { isFailure, isPaused, isTerminal, taskStateName } from '../common/task-state';
import { hasAppendMark } from '../wire/append-mark';
import { textOf } from './convert-from-a2a-part';

/** The event says that the task has ended, or waits for the caller. */
export function endsTask({ payload }: StreamResponse): boolean {
  if (payload?.$case === 'message') return true;
  if (payload?.$case !== 'task' && payload?.$case !== 'statusUpdate') return false;
  const { status } = payload.value;
  const state = status === undefined ? undefined : taskStateName(status.state);
  return isTerminal(state) || isPaused(state);
}

/** The event holds a piece of an artifact, which means nothing without the pieces before it. */
export function isPiece({ payload }: StreamResponse): boolean {
  if (payload?.$case !== 'artifactUpdate') return false;
  return payload.value.append || hasAppendMark(payload.value.metadata);
}

/** What the agent has said since the caller spoke last, in one message or piece by piece. */
export function lastWordsOf(history: Message[]): Message | undefined {
  const last = history.at(-1);
  if (last === undefined || isFromUser(last)) return undefined;
  const earlier = history
    .slice(history.findLastIndex(isFromUser) + 1, -1)
    .flatMap(({ parts }) => parts.filter(({ content }) => content?.$case === 'text'));
  // Some repeat it with more each time.
  const isWhole = textOf(last.parts).startsWith(textOf(earlier));
  return isWhole ? last : { ...last, parts: [...earlier, ...last.parts] };
}

function isFromUser({ role }: Message): boolean {
  return role === 1;
}

/** Gemini CLI tells of its statuses which are its answer. */
export function isSpokenText(metadata: Record<string, unknown> | undefined): boolean {
  const told = metadata?.['coderAgent'];
  return isRecord(told) && told['kind'] === 'text-content';
}

/** The event belongs to another task, or to another conversation, than what came before it. */
export function isForeign(
  event: StreamResponse,
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
  { payload }: StreamResponse,
  { contextId }: { contextId: string | undefined },
): StreamResponse | undefined {
  if (payload?.$case !== 'statusUpdate' || payload.value.contextId !== contextId) return undefined;
  const { value } = payload;
  if (value.status === undefined || !isFailure(taskStateName(value.status.state))) return undefined;
  return { payload: { $case: 'statusUpdate', value: { ...value, taskId: '' } } };
}

/** Empty where it does not say. */
function idsOf({ payload }: StreamResponse): { taskId: string; contextId: string } {
  switch (payload?.$case) {
    case 'task':
      return { taskId: payload.value.id, contextId: payload.value.contextId };
    case 'message':
    case 'statusUpdate':
    case 'artifactUpdate':
      return { taskId: payload.value.taskId, contextId: payload.value.contextId };
    default:
      return { taskId: '', contextId: '' };
  }
}
