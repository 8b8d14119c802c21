import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { extractUsage } from './answer/extract-usage';
import { mapA2AFinishReason } from './answer/map-a2a-finish-reason';
import type { A2ATaskError } from './client/a2a-error';
import type { PreparedCall } from './prepare-call';
import { sealPart } from './seal-part';

interface StreamedAnswer extends Pick<PreparedCall, 'call' | 'seal' | 'unlink'> {
  events: AsyncGenerator<LanguageModelV4StreamPart[]>;
  /** The result of the first `next` of `events`. */
  first: IteratorResult<LanguageModelV4StreamPart[]>;
  /** The parts before the answer. */
  begin: LanguageModelV4StreamPart[];
  /** Whether the caller has aborted. */
  isAborted: () => boolean;
  /** The error of a task that failed. */
  taskError: () => A2ATaskError;
}

/**
 * The stream of a model: the parts of the answer, each sealed, then `error` if the call or its task failed, then
 * `finish`. Only an abort of the caller errors the stream itself. A stream that is canceled aborts the call.
 */
export function streamAnswer({
  begin,
  call,
  events,
  first,
  isAborted,
  seal,
  taskError,
  unlink,
}: StreamedAnswer): ReadableStream<LanguageModelV4StreamPart> {
  type Controller = ReadableStreamDefaultController<LanguageModelV4StreamPart>;
  const { answer } = call;
  const { signal } = call.abort;
  let next = Promise.resolve(first);
  let isCanceled = false;

  return new ReadableStream<LanguageModelV4StreamPart>({
    start(controller) {
      for (const part of begin) controller.enqueue(part);
    },
    async pull(controller) {
      try {
        // An event may have no visible content, and a pull that enqueues nothing is not repeated.
        for (;;) {
          const { done, value } = await next;
          if (isCanceled) return;
          if (done === true && signal.aborted && !answer.isOver) throw signal.reason;
          if (done === true) break;
          for (const part of value) {
            // Most parts have no metadata to seal, and there may be many.
            const isMarked = 'providerMetadata' in part && part.providerMetadata !== undefined;
            controller.enqueue(isMarked ? await sealPart(part, seal) : part);
          }
          next = events.next();
          // Awaited by the next pull: an earlier failure must not be an unhandled rejection.
          next.catch(() => {});
          if (value.length > 0) return;
        }
        await enqueueLast(controller);
        if (answer.isFailure) controller.enqueue({ type: 'error', error: taskError() });
        await end(controller, mapA2AFinishReason(answer.state, answer.metadata?.['finishReason']));
      } catch (error) {
        if (isCanceled) return;
        if (isAborted()) {
          unlink();
          controller.error(error);
          return;
        }
        await enqueueLast(controller);
        controller.enqueue({ type: 'error', error });
        await end(controller, { unified: 'error', raw: answer.state });
      }
    },
    async cancel(reason) {
      isCanceled = true;
      unlink();
      call.abort.abort(reason);
      await events.return(undefined);
    },
  });

  async function enqueueLast(controller: Controller): Promise<void> {
    for (const part of answer.finish()) controller.enqueue(await sealPart(part, seal));
  }

  async function end(
    controller: Controller,
    finishReason: ReturnType<typeof mapA2AFinishReason>,
  ): Promise<void> {
    unlink();
    const finish: LanguageModelV4StreamPart = {
      type: 'finish',
      finishReason,
      usage: extractUsage(answer.metadata),
      providerMetadata: answer.resultMetadata(),
    };
    controller.enqueue(await sealPart(finish, seal));
    controller.close();
  }
}
