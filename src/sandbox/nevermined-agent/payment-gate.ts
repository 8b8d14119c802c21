import type { JSONObject, JSONValue } from '@ai-sdk/provider';
import { isRecord, safeParseJSON } from '@ai-sdk/provider-utils';
import {
  encodeAccessToken,
  PAYMENT_HEADER,
  readAccessToken,
  X402_METADATA,
} from '../../rails/nevermined/schemas';

/** A seller's price, as its card and its challenge state it. */
export interface PaymentParams {
  agentId: string;
  credits: number;
  /** One plan, or several; with several the challenge names none (a defect of the real server). */
  planId?: string | undefined;
  planIds?: string[] | undefined;
  paymentType?: 'fixed' | 'dynamic' | undefined;
  /** Nothing is settled at all, as in the real server. */
  useBatch?: boolean | undefined;
}

/** The seller's account at the backend. */
export interface SellerBackend {
  /** Without `/api/v1`. */
  url: string;
  apiKey: string;
  fetch: typeof globalThis.fetch;
}

/** A payment that was verified. */
export interface Payment {
  token: string;
  isInBand: boolean;
  /** The requested payment, in the terms of x402. */
  required: JSONObject;
}

/** The credential of a request: in band first, else in the header. `Authorization` is not used. */
export function readCredential(
  headers: Headers,
  metadata: JSONValue | undefined,
): { token: string; isInBand: boolean } | undefined {
  const payload = isRecord(metadata) ? metadata[X402_METADATA.payload] : undefined;
  if (isRecord(payload)) return { token: encodeAccessToken(payload), isInBand: true };
  const token = headers.get(PAYMENT_HEADER);
  return token ? { token, isInBand: false } : undefined;
}

export function paymentRequired(url: string, params: PaymentParams, scheme: string): JSONObject {
  return {
    x402Version: 2,
    resource: { url },
    accepts: [
      {
        scheme,
        network: scheme === 'nvm:erc4337' ? 'eip155:84532' : 'stripe',
        planId: params.planId ?? '',
        extra: { version: '1', agentId: params.agentId, httpVerb: 'POST' },
      },
    ],
    extensions: {},
  };
}

/** @throws Error with the reason if the token does not pay. Always verifies one credit. */
export async function verify(
  { token, required }: Payment,
  params: PaymentParams,
  backend: SellerBackend,
): Promise<void> {
  if (readAccessToken(token) === undefined) throw new Error('Invalid access token.');
  if (params.planId === undefined) throw new Error('Plan ID not found in agent card.');
  const answer = await post(backend, 'verify', token, required, '1');
  if (answer['isValid'] !== true) {
    throw new Error(String(answer['invalidReason'] ?? 'Permission verification failed'));
  }
}

/**
 * @throws Error if the backend refuses. A response with `success: false` is not an error, as in the real
 * server.
 */
export function settle(
  { token, required }: Payment,
  credits: bigint,
  backend: SellerBackend,
): Promise<JSONObject> {
  return post(backend, 'settle', token, required, String(credits));
}

async function post(
  { url, apiKey, fetch }: SellerBackend,
  call: 'verify' | 'settle',
  x402AccessToken: string,
  required: JSONObject,
  maxAmount: string,
): Promise<JSONObject> {
  const response = await fetch(`${url}/api/v1/x402/${call}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${apiKey}`,
      'nevermined-version': '1.1',
    },
    body: JSON.stringify({ paymentRequired: required, x402AccessToken, maxAmount }),
  });
  const json = await safeParseJSON({ text: await response.text() });
  const body = json.success && isRecord(json.value) ? json.value : {};
  if (!response.ok) throw new Error(String(body['message'] ?? `HTTP ${response.status}`));
  return body;
}
