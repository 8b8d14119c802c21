import { isRecord } from '@ai-sdk/provider-utils';
import { readReceipt } from './read-receipt';
import { receiptOn } from './receipt-on-error';
import { receiptKind, type SettlementReceipt } from './settlement-receipt';

/**
 * The settlement receipt of a call. Reads
 *
 * - a result of `generateText` or `generateObject`, a `finish` or `finish-step` part of a stream, or
 *   `{ providerMetadata: await result.providerMetadata }` of `streamText`;
 * - a message of `useChat`: its metadata (see `settlementMessageMetadata`), else the part in which the receipt of
 *   a failed answer arrives;
 * - an error that a call threw, also inside a `RetryError` or as the `cause` of another error.
 *
 * Undefined if there is none. The reason of the caller's own abort has none, as calls that share a signal share
 * it: listen to `refunded` for those.
 *
 * It is no proof of a payment: it is parsed, but not verified. A message that was in a browser may have been
 * changed there, so its receipt is for display only. Fields that are not what they should be are left out. To
 * count or to decide, use events, or the records of a receipt store.
 *
 * @example
 * ```ts
 * try {
 *   const result = await generateText({ model: agent, prompt: 'Scrape example.com' });
 *   console.log(getReceipt(result)?.captured);
 * } catch (error) {
 *   console.log(getReceipt(error)?.status); // 'refunded'
 * }
 * ```
 */
export function getReceipt(source: unknown): SettlementReceipt | undefined {
  return find(source, 0);
}

function find(source: unknown, depth: number): SettlementReceipt | undefined {
  if (!isRecord(source) || depth > deepest) return undefined;
  // What agents attach to their errors is in `metadata`, and is not read. An error of another realm is no
  // instance of `Error`.
  if (typeof source['message'] === 'string') return ofError(source, depth);
  if (source['type'] === 'error') return find(source['error'], depth + 1);
  const { metadata, parts, providerMetadata } = source;
  if (Array.isArray(parts)) {
    const ofMetadata = isRecord(metadata) ? readReceipt(metadata['settlement']) : undefined;
    return ofMetadata ?? parts.map(ofPart).findLast((receipt) => receipt !== undefined);
  }
  return isRecord(providerMetadata) ? readReceipt(providerMetadata['settlement']) : undefined;
}

/** Causes may form a circle. */
const deepest = 8;

function ofError(error: Record<string, unknown>, depth: number): SettlementReceipt | undefined {
  return (
    readReceipt(receiptOn(error)) ??
    readReceipt(error['receipt']) ??
    find(error['lastError'], depth + 1) ??
    find(error['cause'], depth + 1)
  );
}

/** The receipt in a part of a message: `custom`, or a data part that the application wrote. */
function ofPart(part: unknown): SettlementReceipt | undefined {
  if (!isRecord(part)) return undefined;
  const { data, kind, providerMetadata, type } = part;
  if (type === 'data-settlement') return readReceipt(data);
  if (type !== 'custom' || kind !== receiptKind || !isRecord(providerMetadata)) return undefined;
  return readReceipt(providerMetadata['settlement']);
}
