import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { afterAbort } from '../core/after-abort';
import { keepAlive, type WaitUntil } from '../core/keep-alive';
import type { SettlementReceipt } from '../core/settlement-receipt';
import { receiptMetadata } from '../core/settlement-receipt';

type FinishPart = Extract<LanguageModelV4StreamPart, { type: 'finish' }>;

/** How a stream ended. */
export type StreamEnd =
  | { type: 'finished'; finish: FinishPart }
  | { type: 'failed'; error: unknown }
  /** It closed without a word. */
  | { type: 'cut' };

/**
 * Hands a model's stream on, and reads it to its end whoever else reads.
 *
 * A consumer that stops reading (it breaks out of its loop, its browser leaves) tells a transform
 * stream nothing at all. So the source is read here, on its own account, and the payment is settled
 * by how the source ends. What nobody reads is kept until then: no more than the agent sent.
 */
export function drainStream(
  source: ReadableStream<LanguageModelV4StreamPart>,
  {
    abortSignal,
    graceMs,
    observe,
    mark,
    warnings,
    settle,
    waitUntil,
  }: {
    /** The caller's. */
    abortSignal: AbortSignal | undefined;
    /** Milliseconds that the source has after an abort to end by itself; then it is canceled. */
    graceMs: number;
    /** Sees each part as it came. */
    observe?: (part: LanguageModelV4StreamPart) => void;
    /** Adds to the metadata of parts that return with the next turn. */
    mark: (
      metadata: SharedV4ProviderMetadata | undefined,
    ) => Promise<SharedV4ProviderMetadata | undefined>;
    warnings: Extract<LanguageModelV4StreamPart, { type: 'stream-start' }>['warnings'];
    /** Settles, and says what to write on the receipt; waits no longer than a reader should. */
    settle: (end: StreamEnd) => Promise<SettlementReceipt>;
    /** Keeps the runtime alive until the stream is drained. */
    waitUntil: WaitUntil | undefined;
  },
): ReadableStream<LanguageModelV4StreamPart> {
  return new ReadableStream<LanguageModelV4StreamPart>({
    start(controller) {
      // Not awaited: a stream that is still starting cannot be read.
      const drained = drain(controller);
      keepAlive(waitUntil, drained);
    },
    cancel() {
      // The reader has gone. The agent works on, and is paid for what it delivers.
    },
  });

  async function drain(
    controller: ReadableStreamDefaultController<LanguageModelV4StreamPart>,
  ): Promise<void> {
    const write = (action: () => void) => {
      try {
        action();
      } catch {
        // A canceled stream takes nothing more.
      }
    };
    const reader = source.getReader();
    let failure: { error: unknown } | undefined;
    let isAborted = false;
    const stopWatching = afterAbort(abortSignal, {
      graceMs,
      callBack() {
        isAborted = true;
        // A read that waits ends with this, whatever the source does about it.
        reader.cancel(abortSignal?.reason).catch(() => {});
      },
    });
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (isAborted) throw abortSignal?.reason;
        if (done) break;
        observe?.(value);
        if (value.type === 'finish') {
          stopWatching();
          const receipt = await settle(
            failure === undefined
              ? { type: 'finished', finish: value }
              : { type: 'failed', error: failure.error },
          );
          write(() => controller.enqueue(withReceipt(value, receipt)));
          write(() => controller.close());
          reader.cancel().catch(() => {});
          return;
        }
        if (value.type === 'error') failure = { error: value.error };
        const part = await withMark(value);
        write(() => controller.enqueue(withWarnings(part)));
      }
      stopWatching();
      await settle(failure === undefined ? { type: 'cut' } : { type: 'failed', ...failure });
      write(() => controller.close());
    } catch (error) {
      stopWatching();
      await settle({ type: 'failed', error });
      write(() => controller.error(error));
    }
  }

  async function withMark(part: LanguageModelV4StreamPart): Promise<LanguageModelV4StreamPart> {
    if (!('providerMetadata' in part) || part.providerMetadata === undefined) return part;
    const providerMetadata = await mark(part.providerMetadata);
    return providerMetadata === undefined ? part : { ...part, providerMetadata };
  }

  function withWarnings(part: LanguageModelV4StreamPart): LanguageModelV4StreamPart {
    return part.type === 'stream-start' && warnings.length > 0
      ? { ...part, warnings: [...part.warnings, ...warnings] }
      : part;
  }
}

function withReceipt(finish: FinishPart, receipt: SettlementReceipt): FinishPart {
  return {
    ...finish,
    providerMetadata: { ...finish.providerMetadata, settlement: receiptMetadata(receipt) },
  };
}
