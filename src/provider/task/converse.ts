import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { A2AAnswer } from '../answer/a2a-answer';
import { asOwnFailure, endsTask } from '../answer/event-facts';
import type { A2AClient, A2ARequestOptions } from '../client/a2a-client';
import type { A2AEvent, A2ASendRequest } from '../client/a2a-event';
import { isRefusedStream } from '../client/http-client';
import { withoutPayments } from '../message/without-payments';
import { A2AProtocolError } from '../client/a2a-error';
import { startTimer } from '../client/a2a-timeouts';
import { linkedAbort } from '../../internal/linked-abort';
import type { Cancellations } from '../client/task-state';
import { askTask, type A2APolling } from './ask-task';
import { cancelTask } from './cancel-task';
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
  try {
    if (mode === 'stream') {
      yield* take(streamedEvents(), { isStream: true });
      if (!isCut) answer.endSpoken();
      yield* take(askForAnswer());
    } else {
      yield* take(sentResult());
    }
    if (answer.isOver) return;
    if (answer.taskId === undefined) throw incomplete('without an answer');
    if (call.request.returnImmediately) return;
    const { hasShown, taskId } = answer;
    const listens = mode === 'stream';
    yield* take(eachAlone(followUpTask({ ...call, taskId, listens, hasShown })));
    if (!answer.isOver) throw incomplete('before the task did');
  } catch (error) {
    // The work may have begun.
    if (A2AProtocolError.isInstance(error) && error.timeout !== undefined) abort.abort(error);
    throw abort.signal.aborted ? abort.signal.reason : toA2AError(error, call);
  } finally {
    const taskId = answer.taskId ?? continuedTaskId;
    if (abort.signal.aborted && !answer.isOver && taskId !== undefined) {
      await cancelTask({ cancellations, client, taskId, requestOptions });
    }
  }

  async function* sentResult(): AsyncGenerator<A2AEvent[]> {
    yield [await client.send(call.request, requestOptions)];
  }

  async function* streamedEvents(): AsyncGenerator<A2AEvent[]> {
    const { abort: line, unlink } = linkedAbort(abort.signal);
    const options = { ...requestOptions, signal: line.signal };
    let stranger: A2AEvent | undefined;
    let late = startTimer(undefined, () => {});
    try {
      for await (const events of client.stream(call.request, options)) {
        late.stop();
        yield events;
        const last = events.at(-1);
        stranger = last && asOwnFailure(last, answer);
        if (answer.isOver) late = startTimer(lateMs, () => line.abort());
      }
      if (stranger !== undefined && !answer.isOver) yield [stranger];
    } catch (error) {
      if (answer.isOver && !abort.signal.aborted) return;
      if (continuedTaskId !== undefined && answer.state === undefined && isRefusedStream(error)) {
        yield* followRefusedMessage({ ...call, taskId: continuedTaskId }, error);
        return;
      }
      // A cut line says nothing about the task: the agent is asked. An error it sent says enough.
      isCut = !A2AProtocolError.isInstance(error) && !abort.signal.aborted;
      if (!isCut || answer.taskId === undefined) throw error;
    } finally {
      late.stop();
      unlink();
    }
  }

  /** Some agents say that they are done before they say the answer, and some only when asked. */
  async function* askForAnswer(): AsyncGenerator<A2AEvent[]> {
    const { taskId } = answer;
    if (!isBare || !answer.isBare || taskId === undefined) return;
    const event = await askTask({ ...call, taskId }).catch(() => undefined);
    if (abort.signal.aborted) throw abort.signal.reason;
    if (event !== undefined && endsTask(event)) yield [event];
  }

  async function* take(
    batches: AsyncGenerator<A2AEvent[]>,
    { isStream = false } = {},
  ): AsyncGenerator<LanguageModelV4StreamPart[]> {
    let isFirst = true;
    let echo: A2AEvent | undefined;
    for await (const events of batches) {
      const parts: LanguageModelV4StreamPart[] = [];
      for (const event of events) {
        // What goes on about a task that is over is its answer, or nothing.
        if (isStream && answer.isOver && !endsTask(event) && event.type !== 'artifact') continue;
        if (call.includeRawChunks)
          parts.push({ type: 'raw', rawValue: withoutPayments(event.raw) });
        for (const part of answer.accept(event)) parts.push(part);
        echo = isFirst && isStream && isEcho(event) ? event : undefined;
        isFirst = false;
        if (echo !== undefined) answer.reopen();
        isBare ||= isStream && answer.isBare && event.type === 'status';
        // Some agents keep the stream of a paused task open.
        if (answer.isOver && !isBare) break;
      }
      yield parts;
      if (answer.isOver && !isBare) return;
    }
    // Nothing followed: then the agent still, or again, waits.
    if (echo !== undefined && !isCut) yield answer.accept(echo);
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

async function* eachAlone(events: AsyncGenerator<A2AEvent>): AsyncGenerator<A2AEvent[]> {
  for await (const event of events) yield [event];
}

/** Milliseconds of silence after which a task that was completed without an answer has none. */
const lateMs = 500;
