import type { LanguageModelV4StreamPart, SharedV4Warning } from '@ai-sdk/provider';
import { putReceiptOn } from '../state/receipt-on-error';
import { receiptKind, receiptMetadata, type SettlementReceipt } from '../state/settlement-receipt';

export type ErrorPart = Extract<LanguageModelV4StreamPart, { type: 'error' }>;
export type FinishPart = Extract<LanguageModelV4StreamPart, { type: 'finish' }>;

/** The estimated size of a part without its content. */
const bytesOfPart = 100;

/** The estimated size of a part in memory: two bytes per character, plus its binary data. Never throws. */
export function sizeOfPart(part: LanguageModelV4StreamPart): number {
  let size = bytesOfPart;
  const seen = new Set<object>();
  const rest: unknown[] = [part];
  try {
    while (rest.length > 0) {
      const value = rest.pop();
      if (typeof value === 'string') size += 2 * value.length;
      if (typeof value !== 'object' || value === null) continue;
      if (ArrayBuffer.isView(value)) {
        size += value.byteLength;
        continue;
      }
      // A raw value of a model may contain itself.
      if (seen.has(value)) continue;
      seen.add(value);
      const values = Object.values(value);
      size += 8 * values.length;
      for (const one of values) rest.push(one);
    }
  } catch {
    // The object throws when it is inspected.
  }
  return size;
}

export function withWarnings(
  part: LanguageModelV4StreamPart,
  warnings: SharedV4Warning[],
): LanguageModelV4StreamPart {
  return part.type === 'stream-start' && warnings.length > 0
    ? { ...part, warnings: [...part.warnings, ...warnings] }
    : part;
}

export function withReceipt(finish: FinishPart, receipt: SettlementReceipt): FinishPart {
  return {
    ...finish,
    providerMetadata: { ...finish.providerMetadata, settlement: receiptMetadata(receipt) },
  };
}

/** The receipt of a failed answer, for a page: it stops reading at the error, which comes after this part. */
export function receiptPart(receipt: SettlementReceipt): LanguageModelV4StreamPart {
  const settlement = receiptMetadata(receipt);
  return { type: 'custom', kind: receiptKind, providerMetadata: { settlement } };
}

/**
 * Forwards the stream of a call without a hold. It is read no faster than its reader reads, and canceled with
 * its reader, as without a settlement.
 */
export function passStream(
  source: ReadableStream<LanguageModelV4StreamPart>,
  {
    abortSignal,
    receipt,
    warnings,
  }: {
    abortSignal: AbortSignal | undefined;
    receipt: SettlementReceipt;
    warnings: SharedV4Warning[];
  },
): ReadableStream<LanguageModelV4StreamPart> {
  return source.pipeThrough(
    new TransformStream({
      transform(part, controller) {
        if (part.type === 'error') {
          putReceiptOn(part.error, receipt, abortSignal);
          controller.enqueue(receiptPart(receipt));
          return controller.enqueue(part);
        }
        if (part.type !== 'finish') return controller.enqueue(withWarnings(part, warnings));
        controller.enqueue(withReceipt(part, receipt));
        // A source may stay open after its end.
        controller.terminate();
      },
    }),
  );
}
