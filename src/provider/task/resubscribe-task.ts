import { delay } from '@ai-sdk/provider-utils';
import { endsTask, isPiece } from '../answer/event-predicates';
import type { A2AEvent } from '../client/a2a-event';
import { A2AProtocolError } from '../client/a2a-error';
import { linkedAbort } from '../../internal/linked-abort';
import { getTask, maxFailures, type FollowedTask } from './get-task';
import { mergeSnapshot } from './withheld-events';

/**
 * Listens to a task again whose stream was lost, and again when that is lost, until the agent says
 * that the task is over, or will not have it.
 *
 * Where a new stream begins is the server's to decide: some repeat what is in the task already, some
 * leave out what was said meanwhile. So pieces of artifacts only tell that there is more, and the task
 * is asked for, at most once per interval. An agent that cannot be asked is taken at its word.
 *
 * @param withheld gets what is held back: whoever asks for the task next may forget it.
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
      // It says no, or was silent for too long; a cut line is worth another try.
      if (A2AProtocolError.isInstance(error)) return;
    } finally {
      unlink();
      // Also where the agent keeps the stream open.
      abort.abort();
    }
    // A stream that only told how the task stands has brought nothing new.
    fruitless = events > 1 ? 0 : fruitless + 1;
    interval = events > 1 ? polling.intervalMs : Math.min(interval * 2, polling.intervalMs * 10);
  }

  async function* heard(signal: AbortSignal): AsyncGenerator<A2AEvent> {
    const stream = client.subscribe(taskId, { ...requestOptions, signal });
    let next = stream.next();
    while (true) {
      // Awaited later: until then a failure is nobody's unhandled rejection.
      next.catch(() => {});
      const isOwed = withheld.length > 0;
      const result = isOwed ? await inTime(next, nextQuestionAt - Date.now()) : await next;
      if (result === undefined) {
        yield* ask();
        continue;
      }
      if (result.done === true) return;
      for (const event of result.value) {
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

/** Streams that brought nothing new, in a row. */
const maxFruitlessTries = 3;

/** Proxies that cut every stream after half a minute leave room for an hour of work. */
const maxTries = 120;

/** The end without the whole task: what was said before it may be missing. */
function isStatusEnd(event: A2AEvent): boolean {
  return event.type === 'status' && endsTask(event);
}

/** Undefined when the time is up. */
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
