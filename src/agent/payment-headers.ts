import type { ServerCallContext } from '@a2a-js/sdk/server';
import type { JSONObject } from '@ai-sdk/provider';
import { convertUint8ArrayToBase64, isRecord } from '@ai-sdk/provider-utils';

const requiredKey = 'ai-sdk-a2a-settlement.payment-required';
const responseKey = 'ai-sdk-a2a-settlement.payment-response';

/** Has the request answered with 402, and what is asked for. */
export function setPaymentRequired({ state }: ServerCallContext, required: JSONObject): void {
  state.set(requiredKey, required);
}

/** Has the answer bear the receipt of its payment, which `metadata` holds. */
export function setPaymentResponse(
  { state }: ServerCallContext,
  metadata: JSONObject | undefined,
): void {
  const receipts = metadata?.['x402.payment.receipts'];
  if (Array.isArray(receipts)) state.set(responseKey, receipts.at(-1));
}

/** Puts into the headers of an answer what x402 wants there (x402 v2, HTTP transport). */
export function withPaymentHeaders(
  response: Response,
  { state }: ServerCallContext,
  url: string,
): Response {
  const required: unknown = state.get(requiredKey);
  const receipt: unknown = state.get(responseKey);
  if (required === undefined && receipt === undefined) return response;
  const headers = new Headers(response.headers);
  if (receipt !== undefined) headers.set('payment-response', toBase64(receipt));
  if (!isRecord(required)) return new Response(response.body, { status: response.status, headers });
  headers.set('payment-required', toBase64({ ...required, resource: { url } }));
  return new Response(response.body, { status: 402, headers });
}

function toBase64(value: unknown): string {
  return convertUint8ArrayToBase64(new TextEncoder().encode(JSON.stringify(value)));
}
