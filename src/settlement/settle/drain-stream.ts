import type {
  LanguageModelV4StreamPart,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { afterAbort } from '../../internal/after-abort';
import { keepAlive, type WaitUntil } from '../../internal/keep-alive';
import type { SettlementReceipt } from '../state/settlement-receipt';
import { longestTimerMs } from '../../internal/with-timeout';
import { sizeOfPart, withReceipt, withWarnings, type FinishPart } from './stream-parts';

/** How a stream ended. */
export type StreamEnd =
  | { type: 'finished'; finish: FinishPart }
  | { type: 'failed'; error: unknown; finish?: FinishPart }
  /** It closed without a word. */
  | { type: 'cut' };

/**
 * Hands a model's stream on, and reads it to its end whoever else reads.
 *
 * A consumer that stops reading (it breaks out of its loop, its browser leaves) tells a transform
 * stream nothing at all. So the source is read here, on its own account, and the payment is settled
 * by how the source ends.
 *
 * What nobody reads is kept, up to `maxBytes`. Then the reader is waited for: one who is slow cannot
 * be told from one who has left. When that has taken too long, the content is dropped, the reader gets
 * an error, and the source is read to its end for what settlement needs of it.
 */
export function drainStream(
  source: ReadableStream<LanguageModelV4StreamPart>,
  {
    abortSignal,
    graceMs,
    maxBytes,
    maxWaitMs = Number.POSITIVE_INFINITY,
    notRead,
    observe,
    mark,
    readerUntil,
    warnings,
    settle,
    waitUntil,
  }: {
    /** The caller's. */
    abortSignal: AbortSignal | undefined;
    /** Milliseconds that the source has after an abort to end by itself; then it is canceled. */
    graceMs: number;
    /** Bytes that are kept for a reader who is behind, give or take one part. */
    maxBytes: number;
    /** Milliseconds that such a reader is waited for at a time. Default: until `readerUntil`. */
    maxWaitMs?: number | undefined;
    /** Makes the error for a reader who was waited for in vain. */
    notRead: () => unknown;
    /** Sees each part as it came. */
    observe?: (part: LanguageModelV4StreamPart) => void;
    /** Adds to the metadata of parts that return with the next turn. */
    mark: (
      metadata: SharedV4ProviderMetadata | undefined,
    ) => Promise<SharedV4ProviderMetadata | undefined>;
    /** Until when a reader is waited for at all, in milliseconds since 1970. */
    readerUntil: number;
    warnings: SharedV4Warning[];
    /** Settles, and says what to write on the receipt; waits no longer than a reader should. */
    settle: (end: StreamEnd) => Promise<SettlementReceipt>;
    /** Keeps the runtime alive until the stream is drained. */
    waitUntil: WaitUntil | undefined;
  },
): ReadableStream<LanguageModelV4StreamPart> {
  type Controller = ReadableStreamDefaultController<LanguageModelV4StreamPart>;
  /** Nobody will read what comes from now on. */
  let isLeft = false;
  let wake = () => {};
  return new ReadableStream<LanguageModelV4StreamPart>(
    {
      start(controller) {
        // Not awaited: a stream that is still starting cannot be read.
        const drained = drain(controller);
        keepAlive(waitUntil, drained);
      },
      pull() {
        wake();
      },
      cancel() {
        // The agent works on without a reader, and is paid for what it delivers.
        isLeft = true;
        wake();
      },
    },
    { highWaterMark: Math.max(1, maxBytes), size: sizeOfPart },
  );

  async function drain(controller: Controller): Promise<void> {
    const reader = source.getReader();
    let failure: { error: unknown } | undefined;
    let isOver = false;
    const stopWatching = [
      // After an abort nobody reads on.
      afterAbort(abortSignal, { callBack: () => wake() }),
      afterAbort(abortSignal, {
        graceMs,
        callBack() {
          isOver = true;
          // A read that waits ends with this, whatever the source does about it.
          reader.cancel(abortSignal?.reason).catch(() => {});
        },
      }),
    ];
    const end = (how: StreamEnd) => {
      for (const stop of stopWatching) stop();
      return settle(how);
    };
    try {
      for (;;) {
        if (isFull(controller)) await waitForReader(controller);
        const { done, value } = await reader.read();
        if (isOver) throw abortSignal?.reason;
        if (done) break;
        observe?.(value);
        if (value.type === 'finish') {
          const receipt = await end(
            failure === undefined
              ? { type: 'finished', finish: value }
              : { type: 'failed', error: failure.error, finish: value },
          );
          write(() => controller.enqueue(withReceipt(value, receipt)));
          write(() => controller.close());
          reader.cancel().catch(() => {});
          return;
        }
        if (value.type === 'error') failure = { error: value.error };
        const part = await withMark(value);
        write(() => controller.enqueue(withWarnings(part, warnings)));
      }
      await end(failure === undefined ? { type: 'cut' } : { type: 'failed', ...failure });
      write(() => controller.close());
    } catch (error) {
      await end({ type: 'failed', error });
      write(() => controller.error(error));
    }
  }

  function isFull({ desiredSize }: Controller): boolean {
    return !isLeft && desiredSize !== null && desiredSize <= 0;
  }

  /** Until there is room, or nobody will read any more. */
  async function waitForReader(controller: Controller): Promise<void> {
    const until = Math.min(readerUntil, Date.now() + maxWaitMs);
    while (isFull(controller)) {
      const leftMs = until - Date.now();
      const isAborted = abortSignal?.aborted === true;
      if (isAborted || leftMs <= 0) {
        isLeft = true;
        write(() => controller.error(isAborted ? abortSignal.reason : notRead()));
        return;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(leftMs, longestTimerMs));
        // A process that has nothing else to do may end.
        if (typeof timer === 'object') timer.unref();
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  function write(action: () => void): void {
    try {
      action();
    } catch {
      // A canceled stream takes nothing more.
    }
  }

  async function withMark(part: LanguageModelV4StreamPart): Promise<LanguageModelV4StreamPart> {
    if (!('providerMetadata' in part) || part.providerMetadata === undefined) return part;
    const providerMetadata = await mark(part.providerMetadata);
    return providerMetadata === undefined ? part : { ...part, providerMetadata };
  }
}
