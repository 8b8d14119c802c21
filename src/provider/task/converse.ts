import type { SendMessageRequest, StreamResponse } from '@a2a-js/sdk';
import type { Client, RequestOptions } from '@a2a-js/sdk/client';
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { A2AAnswer } from '../answer/a2a-answer';
import { asOwnFailure, endsTask } from '../answer/event-facts';
import { withoutPayments } from '../common/without-payments';
import { A2AProtocolError } from '../common/a2a-error';
import { startTimer } from '../common/a2a-timeouts';
import { linkedAbort } from '../common/linked-abort';
import type { Cancellations } from '../common/task-state';
import { isRefusedStream } from '../connection/adaptive-transport';
import { askTask, type A2APolling } from './ask-task';
import { cancelTask } from './cancel-task';
import { followRefusedMessage } from './follow-refused-message';
import { followUpTask } from './follow-up-task';
import { toA2AError } from './to-a2a-error';

/** One message under way to one agent. */
export interface Conversing {
  agent: string;
  url: string;
  client: Client;
  cancellations: Cancellations;
  request: SendMessageRequest;
  requestOptions: RequestOptions;
  /** What goes along besides, by name: kept out of messages. */
  secrets: () => [string, string][];
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
  const continuedTaskId = call.request.message?.taskId || undefined;
  // A message may take up again what was canceled.
  if (continuedTaskId !== undefined) cancellations.delete(continuedTaskId);
  let isCut = false;
  /** The agent has said that it is done, before it said anything else. */
  let isBare = false;
  try {
    if (mode === 'stream') {
      yield* take(streamedEvents(), { mayEcho: true });
      if (!isCut) answer.endSpoken();
      yield* take(askForAnswer());
    } else {
      yield* take(sentResult());
    }
    if (answer.isOver) return;
    if (answer.taskId === undefined) throw incomplete('without an answer');
    if (call.request.configuration?.returnImmediately === true) return;
    const { hasShown, taskId: openTaskId } = answer;
    const listens = mode === 'stream';
    yield* take(followUpTask({ ...call, taskId: openTaskId, listens, hasShown }));
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

  async function* sentResult(): AsyncGenerator<StreamResponse> {
    const result = await client.sendMessage(call.request, requestOptions);
    yield 'messageId' in result
      ? { payload: { $case: 'message', value: result } }
      : { payload: { $case: 'task', value: result } };
  }

  async function* streamedEvents(): AsyncGenerator<StreamResponse> {
    const { abort: line, unlink } = linkedAbort(abort.signal);
    const options = { ...requestOptions, signal: line.signal };
    let stranger: StreamResponse | undefined;
    let late = startTimer(undefined, () => {});
    try {
      for await (const event of client.sendMessageStream(call.request, options)) {
        late.stop();
        // What goes on about a task that is over is its answer, or nothing.
        if (answer.isOver && !endsTask(event) && event.payload?.$case !== 'artifactUpdate')
          continue;
        stranger = asOwnFailure(event, answer);
        yield event;
        if (answer.isOver) late = startTimer(lateMs, () => line.abort());
      }
      if (stranger !== undefined && !answer.isOver) yield stranger;
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
  async function* askForAnswer(): AsyncGenerator<StreamResponse> {
    const { taskId } = answer;
    if (!isBare || !answer.isBare || taskId === undefined) return;
    const event = await askTask({ ...call, taskId }).catch(() => undefined);
    if (abort.signal.aborted) throw abort.signal.reason;
    if (event !== undefined && endsTask(event)) yield event;
  }

  async function* take(
    events: AsyncGenerator<StreamResponse>,
    { mayEcho = false } = {},
  ): AsyncGenerator<LanguageModelV4StreamPart[]> {
    let isFirst = true;
    let echo: StreamResponse | undefined;
    for await (const event of events) {
      const parts = answer.accept(event);
      if (call.includeRawChunks) parts.unshift({ type: 'raw', rawValue: withoutPayments(event) });
      echo = isFirst && mayEcho && isEcho(event) ? event : undefined;
      isFirst = false;
      if (echo !== undefined) answer.reopen();
      yield parts;
      isBare ||= mayEcho && answer.isBare && event.payload?.$case === 'statusUpdate';
      // Some agents keep the stream of a paused task open.
      if (answer.isOver && !isBare) return;
    }
    // Nothing followed: then the agent still, or again, waits.
    if (echo !== undefined && !isCut) yield answer.accept(echo);
  }

  /** A stream that continues a task may begin with the task as it stood: waiting. */
  function isEcho({ payload }: StreamResponse): boolean {
    return payload?.$case === 'task' && payload.value.id === continuedTaskId && answer.isPaused;
  }

  function incomplete(how: string): A2AProtocolError {
    const { agent, url } = call;
    const message = `The agent "${agent}" ended its answer ${how}.`;
    return new A2AProtocolError({ agent, url, message, taskId: answer.taskId });
  }
}

/** Milliseconds of silence after which a task that was completed without an answer has none. */
const lateMs = 500;
