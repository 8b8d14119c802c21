import { delay } from '@ai-sdk/provider-utils';
import { endsTask, isForeign, isPiece } from '../answer/event-predicates';
import type { A2AEvent } from '../client/a2a-event';
import { A2AProtocolError } from '../client/a2a-error';
import { linkedAbort } from '../../internal/linked-abort';
import { getTask, maxFailures, type FollowedTask } from './get-task';
import { mergeSnapshot } from './withheld-events';

/**
 * Subscribes again to a task whose stream was lost, repeatedly, until the agent reports that the task is over,
 * or refuses.
 *
 * The start of a new stream depends on the server: some repeat what is already in the task, some omit events
 * from the gap. So pieces of artifacts only indicate that there is more, and the task is queried, at most once
 * per interval. If the agent cannot be queried, the stream's events are used.
 *
 * @param withheld receives the events that are withheld: a later query of the task may make them obsolete.
 */
export async function* resubscribeTask({
  client,
  taskId,
  polling,
  requestOptions,
  withheld,
  ...followed
}: FollowedTask & { withheld: A2AEvent[] }): AsyncGenerator<A2AEvent> {
  const task = { client, taskId, polling, requestOptions, ...followed };
  const caller = requestOptions.signal;
  let failures = 0;
  let nextQuestionAt = 0;
  let interval = polling.intervalMs;
  let fruitless = 0;

  for (let tries = 0; tries < maxTries && fruitless < maxFruitlessTries; tries++) {
    if (tries > 0) await wait(interval, caller);
    const { abort, unlink } = linkedAbort(caller);
    let events = 0;
    try {
      for await (const event of heard(abort.signal)) {
        events++;
        yield event;
        if (endsTask(event)) return;
      }
      if (withheld.some(endsTask)) return;
    } catch (error) {
      if (caller?.aborted === true) throw error;
      // The agent refused, or timed out; after a lost connection another attempt is made.
      if (A2AProtocolError.isInstance(error)) return;
    } finally {
      unlink();
      // Also if the agent keeps the stream open.
      abort.abort();
    }
    // A stream that only repeated the task's status has brought nothing new.
    fruitless = events > 1 ? 0 : fruitless + 1;
    interval = events > 1 ? polling.intervalMs : Math.min(interval * 2, polling.intervalMs * 10);
  }

  async function* heard(signal: AbortSignal): AsyncGenerator<A2AEvent> {
    const stream = client.subscribe(taskId, { ...requestOptions, signal });
    let next = stream.next();
    while (true) {
      // Awaited later: an earlier failure must not be an unhandled rejection.
      next.catch(() => {});
      const isOwed = withheld.length > 0;
      const result = isOwed ? await inTime(next, nextQuestionAt - Date.now()) : await next;
      if (result === undefined) {
        yield* ask();
        continue;
      }
      if (result.done === true) return;
      for (const event of result.value) {
        // It does not end this task, and its content is not this task's.
        if (isForeign(event, { taskId, contextId: undefined })) continue;
        if (event.type === 'task') yield* mergeSnapshot(event, withheld);
        else if (failures < maxFailures && (isPiece(event) || isStatusEnd(event))) {
          withheld.push(event);
        } else yield event;
        if (endsTask(event)) return;
      }
      next = stream.next();
    }
  }

  async function* ask(): AsyncGenerator<A2AEvent> {
    try {
      const event = await getTask(task);
      failures = 0;
      yield* mergeSnapshot(event, withheld);
    } catch (error) {
      if (caller?.aborted === true) throw error;
      if (++failures >= maxFailures) yield* withheld.splice(0);
    }
    nextQuestionAt = Date.now() + interval;
    interval = Math.min(interval * 2, polling.intervalMs * 4);
  }
}

/** Consecutive streams without new events. */
const maxFruitlessTries = 3;

/** With proxies that cut every stream after half a minute, this is enough for an hour of work. */
const maxTries = 120;

/** The end without the whole task: earlier output may be missing. */
function isStatusEnd(event: A2AEvent): boolean {
  return event.type === 'status' && endsTask(event);
}

/** Undefined after the timeout. */
async function inTime<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([promise, wait(Math.max(0, ms), timer.signal)]);
  } finally {
    timer.abort();
  }
}

async function wait(ms: number, abortSignal: AbortSignal | undefined): Promise<undefined> {
  await delay(ms, abortSignal === undefined ? {} : { abortSignal });
  return undefined;
}
