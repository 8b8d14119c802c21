import type { JSONObject } from '@ai-sdk/provider';
import {
  convertBase64ToUint8Array,
  convertUint8ArrayToBase64,
  isRecord,
} from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';

/**
 * The fields of an x402 access token that are read. The parsed object keeps the signature, so it can be
 * encoded again.
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

/** A parsed access token. */
export interface AccessToken {
  /** The complete token, as sent in message metadata. */
  wire: JSONObject;
  token: z.output<typeof accessTokenSchema>;
  /** 2: valid for several calls until its delegation expires. 3: valid for one settlement, at one URL. */
  version: 2 | 3;
}

/** Encodes the token for its header: JSON in base64url without padding. */
export function encodeAccessToken(payload: JSONObject): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(payload)));
}

export function toBase64Url(bytes: Uint8Array): string {
  return convertUint8ArrayToBase64(bytes)
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Parses a JSON object from base64, with or without padding, URL-safe or not. Undefined if it is invalid. */
export function readBase64Json(text: string): JSONObject | undefined {
  try {
    const bytes = convertBase64ToUint8Array(text.trim());
    return jsonObjectSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}

const jsonObjectSchema = z.custom<JSONObject>((value) => isRecord(value) && !Array.isArray(value));

/** Parses an access token. Undefined if the text is not one. */
export function readAccessToken(text: string): AccessToken | undefined {
  const wire = readBase64Json(text);
  const token = accessTokenSchema.safeParse(wire).data;
  if (wire === undefined || token === undefined) return undefined;
  const { nonce } = token.payload.authorization;
  // The requested version proves nothing: an older backend ignores it, and a newer one may use version 3
  // anyway.
  const isBlank = typeof nonce === 'string' && nonce.trim() === '';
  const isSingleUse = nonce !== undefined && nonce !== null && !isBlank;
  return { wire, token, version: isSingleUse ? 3 : 2 };
}
