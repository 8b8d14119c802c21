import { isForeign, isPiece } from '../answer/event-predicates';
import { A2AProtocolError } from '../client/a2a-error';
import type { A2AEvent, A2ASendRequest, A2ATask } from '../client/a2a-event';
import { isPaused, isTerminal } from '../client/task-state';
import { getTask, type FollowedTask } from './get-task';

/**
 * Handles a message that continues a task and whose stream the agent refused: servers of the A2A SDK 1.x do
 * that if the executor, which is working by then, starts with a status. To send the message again would do the
 * work twice. So the task is subscribed to, and its status queried.
 *
 * @throws A2AProtocolError if the agent has not added the message to the task, or if output that it sent
 * meanwhile is lost.
 */
export async function* followRefusedMessage(
  { request, ...followed }: FollowedTask & { request: A2ASendRequest },
  refusal: A2AProtocolError,
): AsyncGenerator<A2AEvent[]> {
  const { agent, client, requestOptions, taskId, url } = followed;
  const refused = notSentAgain(
    `The agent may have begun to work on it, so the message was not sent again. Set \`streaming: false\` for agent "${agent}".`,
  );
  const begun = new Set<string>();
  try {
    for await (const events of client.subscribe(taskId, requestOptions)) {
      for (const event of events) {
        if (isForeign(event, { taskId, contextId: undefined })) continue;
        if (event.type === 'task' && !isAnswered(event.task)) continue;
        if (event.type === 'artifact') {
          const { artifactId } = event.artifact;
          // The pieces before it were sent to nobody.
          if (isPiece(event) && !begun.has(artifactId)) throw refused;
          begun.add(artifactId);
        }
        yield [event];
      }
    }
  } catch (error) {
    if (requestOptions.signal?.aborted === true || error === refused) throw error;
  }
  const event = await getTask(followed).catch(() => undefined);
  if (event === undefined) throw refused;
  if (!isAnswered(event.task)) {
    throw isTerminal(event.task.status?.state)
      ? notSentAgain(`Task ${taskId} has ended. The message was not sent again.`)
      : refused;
  }
  yield [event];

  function notSentAgain(why: string): A2AProtocolError {
    const { code } = refusal;
    const message = `${refusal.message} ${why}`;
    return new A2AProtocolError({ agent, url, taskId, code, message, cause: refusal });
  }

  /** The task contains the message, and its state has changed since. */
  function isAnswered({ history, status }: A2ATask): boolean {
    const at = history.findLastIndex(({ messageId }) => messageId === request.message.messageId);
    const isAsItWas = at === history.length - 1 && isPaused(status?.state);
    return at >= 0 && !isAsItWas;
  }
}
