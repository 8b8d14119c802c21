import type { LanguageModelV4StreamPart, SharedV4Warning } from '@ai-sdk/provider';
import { A2AProtocolError } from '../client/a2a-error';
import { isRefusedAsEnded } from '../client/is-refused-as-ended';
import { isTerminal } from '../client/task-state';
import { getTask } from './get-task';
import { converse, type Conversing } from './converse';

/**
 * A conversation with the agent, in a new task if the task that the message continues had ended: otherwise a
 * repeated request, or one whose end never reached the messages, would never find an open task. The message is
 * sent again only if the agent refused it with the protocol's error, and returns an ended task that does not
 * contain it: then nothing can have been started.
 *
 * @throws A2AProtocolError also if the application itself names the task.
 */
export function converseOrBeginAnew(
  call: Conversing,
  options: BeginOptions,
): AsyncGenerator<LanguageModelV4StreamPart[]> {
  return call.request.message.taskId === ''
    ? converse(call, options.mode)
    : continueOrBeginAnew(call, options);
}

interface BeginOptions {
  mode: 'send' | 'stream';
  /** The call's own options name the task, so the provider must not choose another. */
  isNamed: boolean;
  warn: (warning: SharedV4Warning) => void;
}

async function* continueOrBeginAnew(
  call: Conversing,
  { mode, isNamed, warn }: BeginOptions,
): AsyncGenerator<LanguageModelV4StreamPart[]> {
  const { abort, agent, answer, request, url } = call;
  const { message } = request;
  const { taskId } = message;
  try {
    yield* converse(call, mode);
    return;
  } catch (error) {
    const isUnheard = answer.state === undefined && answer.taskId === undefined;
    if (!isUnheard || !isRefusedAsEnded(error)) throw error;
    if (!(await hasEnded(message.messageId))) throw error;
    if (isNamed) {
      const why = `Task ${taskId} of agent "${agent}" has ended and accepts no messages. To start a new task, omit \`providerOptions.a2a.taskId\`.`;
      const { code, statusCode } = error;
      throw new A2AProtocolError({
        agent,
        url,
        taskId,
        code,
        statusCode,
        message: why,
        cause: error,
      });
    }
  }
  warn({ type: 'other', message: `Task ${taskId} has ended, so the message started a new task.` });
  answer.beginAnew();
  yield* converse({ ...call, request: { ...request, message: { ...message, taskId: '' } } }, mode);

  async function hasEnded(messageId: string): Promise<boolean> {
    const event = await getTask({ ...call, taskId }).catch(() => undefined);
    if (abort.signal.aborted) throw abort.signal.reason;
    if (event === undefined) return false;
    const { history, status } = event.task;
    return isTerminal(status?.state) && !history.some((held) => held.messageId === messageId);
  }
}
