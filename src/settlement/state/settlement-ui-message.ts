import type { UIDataTypes, UIMessage, UITools } from 'ai';
import { getReceipt } from './get-receipt';
import { receiptKind, type SettlementReceipt } from './settlement-receipt';

/** The metadata of a message whose answer was settled. */
export interface SettlementMessageMetadata {
  /** For display only: a browser can change it. Undefined until the answer is settled. */
  settlement?: SettlementReceipt;
}

/**
 * A message of `useChat` whose metadata contains the receipt, in addition to the application's own metadata.
 *
 * @example
 * ```ts
 * const { messages } = useChat<SettlementUIMessage>();
 * const status = messages.at(-1)?.metadata?.settlement?.status;
 * ```
 */
export type SettlementUIMessage<
  METADATA = unknown,
  DATA_PARTS extends UIDataTypes = UIDataTypes,
  TOOLS extends UITools = UITools,
> = UIMessage<METADATA & SettlementMessageMetadata, DATA_PARTS, TOOLS>;

/**
 * The `messageMetadata` of `toUIMessageStream` that sends the receipt of an answer to the page, of a failed one
 * before its error. Undefined for parts without a receipt.
 *
 * @example
 * ```ts
 * toUIMessageStream<ToolSet, SettlementUIMessage>({
 *   stream: result.stream,
 *   messageMetadata: settlementMessageMetadata,
 * });
 * ```
 */
export function settlementMessageMetadata({
  part,
}: {
  part: { type: string };
}): SettlementMessageMetadata | undefined {
  const settlement = bearsReceipt(part) ? getReceipt(part) : undefined;
  return settlement === undefined ? undefined : { settlement };
}

/** Other parts may contain the mark of a kept hold. */
function bearsReceipt(part: { type: string; kind?: unknown }): boolean {
  const { kind, type } = part;
  return type === 'finish-step' || type === 'error' || (type === 'custom' && kind === receiptKind);
}
