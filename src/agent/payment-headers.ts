import type { ServerCallContext } from '@a2a-js/sdk/server';
import type { JSONObject } from '@ai-sdk/provider';
import { convertUint8ArrayToBase64, isRecord } from '@ai-sdk/provider-utils';
import { X402_PAYMENT_HEADERS } from '../rails/x402/schemas';

const requiredKey = 'ai-sdk-a2a-settlement.payment-required';
const v1Key = 'ai-sdk-a2a-settlement.payment-required-v1';
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

/** Has the request answered with 402, and what is asked for. `v1`: the same in the words of version 1. */
export function setPaymentRequired(
  { state }: ServerCallContext,
  required: JSONObject,
  v1: JSONObject | undefined,
): void {
  state.set(requiredKey, required);
  state.set(v1Key, v1);
}

/** Has the answer bear the receipt of its payment, which `metadata` holds. */
export function setPaymentResponse(
  { state }: ServerCallContext,
  metadata: JSONObject | undefined,
): void {
  const receipts = metadata?.['x402.payment.receipts'];
  if (Array.isArray(receipts)) state.set(responseKey, receipts.at(-1));
}

/**
 * Puts into an answer what x402 wants there: headers of version 2, and what clients of version 1 read of a
 * body (`x402Version`, `accepts`), beside the answer of A2A, whose own `error` stays.
 */
export async function withPaymentHeaders(
  response: Response,
  context: ServerCallContext,
  request: Request,
): Promise<Response> {
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
  return new Response(withV1(await response.text(), context), { status: 402, headers });
}

function withV1(body: string, { state }: ServerCallContext): string {
  const v1: unknown = state.get(v1Key);
  if (!isRecord(v1)) return body;
  const answer: unknown = JSON.parse(body);
  const { accepts, x402Version } = v1;
  return isRecord(answer) ? JSON.stringify({ ...answer, x402Version, accepts }) : body;
}

/** Version 1 has another name for it. */
function responseHeader({ headers }: Request): string {
  const isV1 = headers.has(X402_PAYMENT_HEADERS[1]) && !headers.has(X402_PAYMENT_HEADERS[2]);
  return isV1 ? 'x-payment-response' : 'payment-response';
}

function toBase64(value: unknown): string {
  return convertUint8ArrayToBase64(new TextEncoder().encode(JSON.stringify(value)));
}
