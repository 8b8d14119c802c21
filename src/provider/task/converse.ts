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

/** One message under way to one agent. */
export interface Conversing {
  agent: string;
  url: string;
  client: A2AClient;
  cancellations: Cancellations;
  request: A2ASendRequest;
  requestOptions: A2ARequestOptions;
  /** Ends the call, whoever asks for it. */
  abort: AbortController;
  answer: A2AAnswer;
  polling: A2APolling;
  includeRawChunks: boolean;
}

/**
 * Sends the message and yields the answer as it arrives, until the agent has ended its task or waits
 * for the caller. A task that is left open by a lost stream or an early return is followed up.
 *
 * When the caller aborts, the agent is asked to cancel before the abort is reported.
 *
 * @throws A2AProtocolError
 */
export async function* converse(
  call: Conversing,
  mode: 'send' | 'stream',
): AsyncGenerator<LanguageModelV4StreamPart[]> {
  const { abort, answer, cancellations, client, requestOptions } = call;
  const continuedTaskId = call.request.message.taskId || undefined;
  // A message may take up again what was canceled.
  if (continuedTaskId !== undefined) cancellations.delete(continuedTaskId);
  let isCut = false;
  /** The agent has said that it is done, before it said anything else. */
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
            // A cut line says nothing about the task: the agent is asked. An error it sent says enough.
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
        // Nothing followed: then the agent still, or again, waits.
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
    // The work may have begun.
    if (A2AProtocolError.isInstance(error) && error.timeout !== undefined) {
      // An agent that does not respond is not asked for a list.
      isSent = false;
      abort.abort(error);
    }
    throw abort.signal.aborted ? abort.signal.reason : toA2AError(error, call);
  } finally {
    if (abort.signal.aborted && !answer.isOver) {
      const taskId = answer.taskId ?? continuedTaskId ?? (await find());
      if (taskId !== undefined) await cancelTask({ cancellations, client, taskId, requestOptions });
    }
  }

  /** The task that the message began, if nothing was heard of it yet. */
  async function find(): Promise<string | undefined> {
    if (!isSent || answer.state !== undefined) return undefined;
    return findBegunTask({ client, message: call.request.message, requestOptions });
  }

  async function afterLoss(error: unknown): Promise<A2ATaskEvent> {
    if (!isLostAnswer(error)) throw error;
    return findOrThrow(error);
  }

  async function findOrThrow(error: unknown): Promise<A2ATaskEvent> {
    const taskId = continuedTaskId === undefined && !abort.signal.aborted && (await find());
    if (!taskId) throw error;
    // A list leaves artifacts out.
    return getTask({ ...call, taskId });
  }

  /** Some agents say that they are done before they say the answer, and some only when asked. */
  async function askForAnswer(): Promise<A2AEvent | undefined> {
    const { taskId } = answer;
    if (!isBare || !answer.isBare || taskId === undefined) return undefined;
    const event = await getTask({ ...call, taskId }).catch(() => undefined);
    if (abort.signal.aborted) throw abort.signal.reason;
    return event !== undefined && endsTask(event) ? event : undefined;
  }

  /** What comes of events that came together. */
  function take(events: A2AEvent[], { isStream = false } = {}): LanguageModelV4StreamPart[] {
    const parts: LanguageModelV4StreamPart[] = [];
    for (const event of events) {
      // What goes on about a task that is over is its answer, or nothing.
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

  /** A stream that continues a task may begin with the task as it stood: waiting. */
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
 * Text that came in one read goes on as one delta: nothing comes later than it would otherwise, and the
 * AI SDK's work for a delta is many times that for an event. Beside raw chunks each stays with its own.
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

/** Milliseconds of silence after which a task that was completed without an answer has none. */
const lateMs = 500;
