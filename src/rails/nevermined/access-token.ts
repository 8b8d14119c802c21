import type { JSONObject } from '@ai-sdk/provider';
import {
  convertBase64ToUint8Array,
  convertUint8ArrayToBase64,
  isRecord,
} from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';

/**
 * What is read of an x402 access token. The signature is inside, so that it may be encoded again
 * without harm.
 */
const accessTokenSchema = z.object({
  accepted: z.object({
    scheme: z.string(),
    network: z.string(),
    planId: z.string(),
    extra: z
      .object({
        agentId: z.string().nullish().catch(undefined),
        httpVerb: z.string().nullish().catch(undefined),
      })
      .nullish()
      .catch(undefined),
  }),
  resource: z.object({ url: z.string() }).nullish().catch(undefined),
  payload: z.object({
    signature: z.string().catch(''),
    authorization: z.object({
      from: z.string(),
      nonce: z.unknown().optional(),
    }),
  }),
});

/** An access token that was read. */
export interface AccessToken {
  /** All of it, as it travels in band. */
  wire: JSONObject;
  token: z.output<typeof accessTokenSchema>;
  /** 2: good for many calls until its delegation ends. 3: for one settlement, at one address. */
  version: 2 | 3;
}

/** The token as its header carries it: JSON in base64url without padding. */
export function encodeAccessToken(payload: JSONObject): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(payload)));
}

export function toBase64Url(bytes: Uint8Array): string {
  return convertUint8ArrayToBase64(bytes)
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The JSON object in base64, with or without padding, URL-safe or not. Undefined when there is none. */
export function readBase64Json(text: string): JSONObject | undefined {
  try {
    const bytes = convertBase64ToUint8Array(text.trim());
    return jsonObjectSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}

const jsonObjectSchema = z.custom<JSONObject>((value) => isRecord(value) && !Array.isArray(value));

/** Reads an access token. Undefined for text that is none. */
export function readAccessToken(text: string): AccessToken | undefined {
  const wire = readBase64Json(text);
  const token = accessTokenSchema.safeParse(wire).data;
  if (wire === undefined || token === undefined) return undefined;
  const { nonce } = token.payload.authorization;
  // What was asked for says nothing: an older backend drops the wish, a newer one may not need it.
  const isBlank = typeof nonce === 'string' && nonce.trim() === '';
  const isSingleUse = nonce !== undefined && nonce !== null && !isBlank;
  return { wire, token, version: isSingleUse ? 3 : 2 };
}
