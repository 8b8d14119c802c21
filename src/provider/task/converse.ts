import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { A2AAnswer } from '../answer/a2a-answer';
import { asOwnFailure, endsTask } from '../answer/event-predicates';
import type { A2AClient, A2ARequestOptions, A2ATaskEvent } from '../client/a2a-client';
import type { A2AEvent, A2ASendRequest } from '../client/a2a-event';
import { isRefusedStream } from '../client/http-client';
import { withoutPayments } from '../message/without-payments';
import { A2AProtocolError } from '../client/a2a-error';
import { startTimer } from '../client/a2a-timeouts';
import { linkedAbort } from '../../internal/linked-abort';
import type { Cancellations } from '../client/task-state';
import { getTask, type A2APolling } from './get-task';
import { cancelTask } from './cancel-task';
import { findBegunTask, isLostAnswer } from './find-begun-task';
import { followRefusedMessage } from './follow-refused-message';
import { followUpTask } from './follow-up-task';
import { toA2AError } from './to-a2a-error';

/** One message to one agent, while it is processed. */
export interface Conversing {
  agent: string;
  url: string;
  client: A2AClient;
  cancellations: Cancellations;
  request: A2ASendRequest;
  requestOptions: A2ARequestOptions;
  /** Aborts the call, whatever the cause. */
  abort: AbortController;
  answer: A2AAnswer;
  polling: A2APolling;
  includeRawChunks: boolean;
}

/**
 * Sends the message and yields the answer as it arrives, until the agent has ended its task or waits for the
 * caller. A task that is still open after a lost stream or an early response is followed up.
 *
 * If the caller aborts, a cancel request is sent before the abort is reported.
 *
 * @throws A2AProtocolError
 */
export async function* converse(
  call: Conversing,
  mode: 'send' | 'stream',
): AsyncGenerator<LanguageModelV4StreamPart[]> {
  const { abort, answer, cancellations, client, requestOptions } = call;
  const continuedTaskId = call.request.message.taskId || undefined;
  // A message may resume a canceled task.
  if (continuedTaskId !== undefined) cancellations.delete(continuedTaskId);
  let isCut = false;
  /** The agent reported completion before any content. */
  let isBare = false;
  let isSent = false;
  const messageOptions: A2ARequestOptions = { ...requestOptions, onSend: () => (isSent = true) };
  let isFirst = true;
  let echo: A2AEvent | undefined;
  try {
    if (mode === 'stream') {
      const { abort: line, unlink } = linkedAbort(abort.signal);
      const options = { ...messageOptions, signal: line.signal };
      let stranger: A2AEvent | undefined;
      let late = startTimer(undefined, () => {});
      try {
        for await (const events of client.stream(call.request, options)) {
          late.stop();
          yield take(events, { isStream: true });
          if (isEnough()) break;
          const last = events.at(-1);
          stranger = last && asOwnFailure(last, answer);
          if (answer.isOver) late = startTimer(lateMs, () => line.abort());
        }
        if (stranger !== undefined && !answer.isOver) yield take([stranger], { isStream: true });
      } catch (error) {
        if (!answer.isOver || abort.signal.aborted) {
          if (
            continuedTaskId !== undefined &&
            answer.state === undefined &&
            isRefusedStream(error)
          ) {
            const refused = { ...call, taskId: continuedTaskId };
            for await (const events of followRefusedMessage(refused, error)) {
              yield take(events, { isStream: true });
              if (isEnough()) break;
            }
          } else {
            // A lost connection says nothing about the task, so its status is queried. An error of the agent is
            // final.
            isCut = !abort.signal.aborted && isLostAnswer(error);
            if (!isCut) throw error;
            if (answer.taskId === undefined) yield take([await findOrThrow(error)]);
          }
        }
      } finally {
        late.stop();
        unlink();
      }
      if (!isCut) {
        // Nothing followed: the agent is still waiting, or waits again.
        if (echo !== undefined) yield answer.accept(echo);
        answer.endSpoken();
      }
      const told = await askForAnswer();
      if (told !== undefined) yield take([told]);
    } else {
      yield take([await client.send(call.request, messageOptions).catch(afterLoss)]);
    }
    if (answer.isOver) return;
    if (answer.taskId === undefined)
      yield take([await findOrThrow(incomplete('without an answer'))]);
    if (answer.isOver || answer.taskId === undefined) return;
    if (call.request.returnImmediately) return;
    const { hasShown, taskId } = answer;
    const listens = mode === 'stream';
    for await (const event of followUpTask({ ...call, taskId, listens, hasShown })) {
      yield take([event]);
      if (isEnough()) return;
    }
    if (!answer.isOver) throw incomplete('before the task did');
  } catch (error) {
    // The work may have started.
    if (isTimeout(error)) abort.abort(error);
    throw abort.signal.aborted ? abort.signal.reason : toA2AError(error, call);
  } finally {
    if (abort.signal.aborted && !answer.isOver) {
      const taskId = answer.taskId ?? continuedTaskId ?? (await find());
      if (taskId !== undefined) await cancelTask({ cancellations, client, taskId, requestOptions });
    }
  }

  /** The task that the message started, if its id is not known yet. */
  async function find(): Promise<string | undefined> {
    if (!isSent || answer.state !== undefined) return undefined;
    // An unresponsive agent is not queried for a list.
    if (isTimeout(abort.signal.reason)) return undefined;
    return findBegunTask({ client, message: call.request.message, requestOptions });
  }

  async function afterLoss(error: unknown): Promise<A2ATaskEvent> {
    if (!isLostAnswer(error)) throw error;
    return findOrThrow(error);
  }

  async function findOrThrow(error: unknown): Promise<A2ATaskEvent> {
    const taskId = continuedTaskId === undefined && !abort.signal.aborted && (await find());
    if (!taskId) throw error;
    // A list omits artifacts.
    return getTask({ ...call, taskId });
  }

  /** Some agents report completion before they send the answer, and some send it only on a query. */
  async function askForAnswer(): Promise<A2AEvent | undefined> {
    const { taskId } = answer;
    if (!isBare || !answer.isBare || taskId === undefined) return undefined;
    const event = await getTask({ ...call, taskId }).catch(() => undefined);
    if (abort.signal.aborted) throw abort.signal.reason;
    return event !== undefined && endsTask(event) ? event : undefined;
  }

  /** Processes events that arrived together. */
  function take(events: A2AEvent[], { isStream = false } = {}): LanguageModelV4StreamPart[] {
    const parts: LanguageModelV4StreamPart[] = [];
    for (const event of events) {
      // Events after the end of a task are processed only if they belong to its answer.
      if (isStream && answer.isOver && !endsTask(event) && event.type !== 'artifact') continue;
      if (call.includeRawChunks) parts.push({ type: 'raw', rawValue: withoutPayments(event.raw) });
      for (const part of answer.accept(event)) {
        if (call.includeRawChunks || !joins(parts.at(-1), part)) parts.push(part);
      }
      echo = isFirst && isStream && isEcho(event) ? event : undefined;
      isFirst = false;
      if (echo !== undefined) answer.reopen();
      isBare ||= isStream && answer.isBare && event.type === 'status';
      // Some agents keep the stream of a paused task open.
      if (isEnough()) break;
    }
    return parts;
  }

  function isEnough(): boolean {
    return answer.isOver && !isBare;
  }

  /** A stream that continues a task may start with the task's previous state: waiting. */
  function isEcho(event: A2AEvent): boolean {
    return event.type === 'task' && event.task.id === continuedTaskId && answer.isPaused;
  }

  function incomplete(how: string): A2AProtocolError {
    const { agent, url } = call;
    const message = `The agent "${agent}" ended its answer ${how}.`;
    return new A2AProtocolError({ agent, url, message, taskId: answer.taskId });
  }
}

/**
 * Joins text of one network read into one delta: nothing is emitted later than otherwise, and the AI SDK's cost
 * of a delta is many times that of an event. With raw chunks, each delta stays with its own chunk.
 */
function joins(
  last: LanguageModelV4StreamPart | undefined,
  part: LanguageModelV4StreamPart,
): boolean {
  if (last?.type !== 'text-delta' || part.type !== 'text-delta' || last.id !== part.id)
    return false;
  last.delta += part.delta;
  return true;
}

function isTimeout(error: unknown): boolean {
  return A2AProtocolError.isInstance(error) && error.timeout !== undefined;
}

/** Milliseconds without events after which a task that was completed without an answer has none. */
const lateMs = 500;
