import type { ServerCallContext } from '@a2a-js/sdk/server';
import type { JSONObject } from '@ai-sdk/provider';
import { convertUint8ArrayToBase64, isRecord } from '@ai-sdk/provider-utils';
import { X402_PAYMENT_HEADERS } from '../rails/x402/schemas';

const requiredKey = 'ai-sdk-a2a-settlement.payment-required';
const responseKey = 'ai-sdk-a2a-settlement.payment-response';

const urlKey = 'ai-sdk-a2a-settlement.agent-url';

/** Says where the agent is. That is the card's word: what a request says of its host may be made up. */
export function setAgentUrl({ state }: ServerCallContext, url: string | undefined): void {
  if (url !== undefined) state.set(urlKey, url);
}

export function agentUrl({ state }: ServerCallContext): string | undefined {
  const url: unknown = state.get(urlKey);
  return typeof url === 'string' ? url : undefined;
}

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
  context: ServerCallContext,
  request: Request,
): Response {
  const required: unknown = context.state.get(requiredKey);
  const receipt: unknown = context.state.get(responseKey);
  if (required === undefined && receipt === undefined) return response;
  const headers = new Headers(response.headers);
  if (receipt !== undefined) headers.set(responseHeader(request), toBase64(receipt));
  // What has begun to tell of the task goes on with that.
  const isBegun = response.headers.get('content-type')?.startsWith('text/event-stream');
  if (!isRecord(required) || isBegun === true) {
    return new Response(response.body, { status: response.status, headers });
  }
  const url = agentUrl(context) ?? request.url;
  headers.set('payment-required', toBase64({ resource: { url }, ...required }));
  return new Response(response.body, { status: 402, headers });
}

/** Version 1 has another name for it. */
function responseHeader({ headers }: Request): string {
  const isV1 = headers.has(X402_PAYMENT_HEADERS[1]) && !headers.has(X402_PAYMENT_HEADERS[2]);
  return isV1 ? 'x-payment-response' : 'payment-response';
}

function toBase64(value: unknown): string {
  return convertUint8ArrayToBase64(new TextEncoder().encode(JSON.stringify(value)));
}
