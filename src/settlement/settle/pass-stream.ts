import type { LanguageModelV4StreamPart, SharedV4Warning } from '@ai-sdk/provider';
import { receiptMetadata, type SettlementReceipt } from '../state/settlement-receipt';

export type FinishPart = Extract<LanguageModelV4StreamPart, { type: 'finish' }>;

/**
 * Hands on the stream of a call for which nothing is held. It is read no faster than its reader reads,
 * and canceled with its reader, as without a settlement.
 */
export function passStream(
  source: ReadableStream<LanguageModelV4StreamPart>,
  { receipt, warnings }: { receipt: SettlementReceipt; warnings: SharedV4Warning[] },
): ReadableStream<LanguageModelV4StreamPart> {
  return source.pipeThrough(
    new TransformStream({
      transform(part, controller) {
        if (part.type !== 'finish') return controller.enqueue(withWarnings(part, warnings));
        controller.enqueue(withReceipt(part, receipt));
        // A source may stay open after its end.
        controller.terminate();
      },
    }),
  );
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
