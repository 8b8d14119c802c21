import type {
  LanguageModelV4StreamPart,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { afterAbort } from '../../internal/after-abort';
import { keepAlive, type WaitUntil } from '../../internal/keep-alive';
import { putReceiptOn } from '../state/receipt-on-error';
import type { SettlementReceipt } from '../state/settlement-receipt';
import { longestTimerMs } from '../../internal/longest-timer';
import {
  receiptPart,
  sizeOfPart,
  withReceipt,
  withWarnings,
  type ErrorPart,
  type FinishPart,
} from './stream-parts';

/** How a stream ended. */
export type StreamEnd =
  | { type: 'finished'; finish: FinishPart }
  | { type: 'failed'; error: unknown; finish?: FinishPart }
  /** The stream was closed without a `finish` part. */
  | { type: 'cut' };

/**
 * Forwards a model's stream, and reads it to its end even if the consumer stops.
 *
 * A transform stream is not notified when its consumer stops reading (a `break` in a loop, a closed browser).
 * So the source is read here, independently of the consumer, and the payment is settled by how the source ends.
 *
 * Unread content is buffered, up to `maxBytes`. Then the reader is waited for: a slow reader cannot be
 * distinguished from one that has left. After too long a wait, the content is dropped, the reader gets an
 * error, and the source is read to its end for the settlement.
 *
 * @throws TypeError for a source that another reader has locked.
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
    /** The caller's signal. */
    abortSignal: AbortSignal | undefined;
    /** Milliseconds that the source may take to stop after an abort; then it is canceled. */
    graceMs: number;
    /** The size of the buffer for a slow reader in bytes; exceeded by one part at most. */
    maxBytes: number;
    /** The longest single wait for the reader, in milliseconds. Default: until `readerUntil`. */
    maxWaitMs?: number | undefined;
    /** Creates the error for a reader that did not read in time. */
    notRead: () => unknown;
    /** Called with each part as it arrives. */
    observe?: (part: LanguageModelV4StreamPart) => void;
    /** Adds metadata to parts that are sent back with the next turn. */
    mark: (
      metadata: SharedV4ProviderMetadata | undefined,
    ) => Promise<SharedV4ProviderMetadata | undefined>;
    /** The time until which a reader is waited for, in milliseconds since 1970. */
    readerUntil: number;
    warnings: SharedV4Warning[];
    /** Settles, and returns the data for the receipt; bounded by the time that a reader should wait. */
    settle: (end: StreamEnd) => Promise<SettlementReceipt>;
    /** Keeps the runtime alive until the stream is drained. */
    waitUntil: WaitUntil | undefined;
  },
): ReadableStream<LanguageModelV4StreamPart> {
  type Controller = ReadableStreamDefaultController<LanguageModelV4StreamPart>;
  // Here, so that the caller learns of a source that cannot be read.
  const reader = source.getReader();
  /** Nobody reads the rest. */
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
        // The agent continues without a reader, and is paid for what it delivers.
        isLeft = true;
        wake();
      },
    },
    { highWaterMark: Math.max(1, maxBytes), size: sizeOfPart },
  );

  async function drain(controller: Controller): Promise<void> {
    let failure: ErrorPart | undefined;
    /** An error that waits for the receipt, which is to reach a page first. */
    let heldBack: ErrorPart | undefined;
    let isOver = false;
    const stopWatching = [
      // After an abort the consumer stops reading.
      afterAbort(abortSignal, { callBack: () => wake() }),
      afterAbort(abortSignal, {
        graceMs,
        callBack() {
          isOver = true;
          // Ends a pending read, even if the source ignores the cancellation.
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
          writeFailure(receipt);
          enqueue(withReceipt(value, receipt));
          write(() => controller.close());
          reader.cancel().catch(() => {});
          return;
        }
        // A model that continues after its error has not ended with it.
        enqueue(heldBack);
        heldBack = value.type === 'error' ? value : undefined;
        if (heldBack !== undefined) {
          failure = heldBack;
          continue;
        }
        const part = await withMark(value);
        enqueue(withWarnings(part, warnings));
      }
      const receipt = await end(
        failure === undefined ? { type: 'cut' } : { type: 'failed', error: failure.error },
      );
      writeFailure(receipt);
      write(() => controller.close());
    } catch (error) {
      putReceiptOn(error, await end({ type: 'failed', error }), abortSignal);
      write(() => controller.error(error));
    }

    function writeFailure(receipt: SettlementReceipt): void {
      if (failure !== undefined) putReceiptOn(failure.error, receipt, abortSignal);
      if (heldBack === undefined) return;
      enqueue(receiptPart(receipt));
      enqueue(heldBack);
    }

    function enqueue(part: LanguageModelV4StreamPart | undefined): void {
      if (part !== undefined) write(() => controller.enqueue(part));
    }
  }

  function isFull({ desiredSize }: Controller): boolean {
    return !isLeft && desiredSize !== null && desiredSize <= 0;
  }

  /** Waits until there is room, or until the reader has left. */
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
        // The timer does not keep the process alive.
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
      // The stream was canceled and accepts no more parts.
    }
  }

  async function withMark(part: LanguageModelV4StreamPart): Promise<LanguageModelV4StreamPart> {
    if (!('providerMetadata' in part) || part.providerMetadata === undefined) return part;
    const providerMetadata = await mark(part.providerMetadata);
    return providerMetadata === undefined ? part : { ...part, providerMetadata };
  }
}
