import { canonicalizeAgentCard, type AgentCard } from '@a2a-js/sdk';
import { base64url, decodeProtectedHeader, flattenedVerify } from 'jose';
import * as z from 'zod/v4';
import { toSortedJson } from '../../internal/to-sorted-json';
import type { PublishedCard } from './parse-agent-card';

/** A public key in JSON (RFC 7517). */
export type A2ACardKey = JsonWebKey & { kid?: string };

/**
 * The public keys that agents' cards must be signed with: a JSON Web Key Set, or a function that returns the
 * key of a signature. `keySetUrl` is the key set URL in the card; it is not fetched unless your function does.
 */
export type A2ACardKeys =
  | { keys: A2ACardKey[] }
  | ((signature: {
      keyId: string | undefined;
      keySetUrl: string | undefined;
    }) => A2ACardKey | undefined | PromiseLike<A2ACardKey | undefined>);

/**
 * Whether at least one signature of a card is valid for one of the keys (A2A 1.0, section 8.4).
 *
 * The A2A SDK's verification logs each signature that does not match to the console, so only its
 * canonicalisation is used here.
 *
 * @throws errors of the function in `keys`.
 */
export async function verifyCardSignature(
  { card, json }: PublishedCard,
  keys: A2ACardKeys,
): Promise<'valid' | 'unsigned' | 'invalid'> {
  const signed = signedCard.safeParse(json);
  if (!signed.success) return 'unsigned';
  const payloads = signedForms({ card, json });
  for (const signature of signed.data.signatures.slice(0, maxSignatures)) {
    const header = readHeader(signature);
    if (header === undefined) continue;
    for (const key of await findKeys(keys, header)) {
      for (const payload of payloads) {
        if (await isValid({ ...signature, payload }, key)) return 'valid';
      }
    }
  }
  return 'invalid';
}

/**
 * The forms that a signature may cover. The SDK's servers sign their in-memory form, in which security schemes
 * have another form and get lost; so the token endpoint must not depend on signed schemes alone.
 */
function signedForms({ card, json }: Pick<PublishedCard, 'card' | 'json'>): string[] {
  const { signatures: _, ...unsigned } = json;
  // For a card of protocol 0.3, the 1.0 form of its JSON would omit the address.
  const asPublished =
    'supportedInterfaces' in json
      ? canonicalizeAgentCard(anyCard.parse(json))
      : toSortedJson(unsigned);
  return [...new Set([asPublished, canonicalizeAgentCard(card)])].map((text) =>
    base64url.encode(text),
  );
}

async function findKeys(
  keys: A2ACardKeys,
  { kid, jku }: z.infer<typeof header>,
): Promise<A2ACardKey[]> {
  if (typeof keys === 'function') {
    const key = await keys({ keyId: kid, keySetUrl: jku });
    return key === undefined ? [] : [key];
  }
  return keys.keys.filter((key) => key.kid === undefined || kid === undefined || key.kid === kid);
}

async function isValid(
  jws: { protected: string; payload: string; signature: string },
  key: A2ACardKey,
): Promise<boolean> {
  try {
    await flattenedVerify(jws, { ...key }, { algorithms });
    return true;
  } catch {
    return false;
  }
}

function readHeader(signature: { protected: string }) {
  try {
    return header.parse(decodeProtectedHeader(signature));
  } catch {
    return undefined;
  }
}

const maxSignatures = 10;

/** Public-key algorithms only: with a shared secret as key, anyone who verifies could sign. */
const algorithms = 'ES256 ES384 ES512 EdDSA Ed25519 RS256 RS384 RS512 PS256 PS384 PS512'.split(' ');

const signedCard = z.looseObject({
  signatures: z.array(z.looseObject({ protected: z.string(), signature: z.string() })).min(1),
});

const header = z.looseObject({
  kid: z.string().optional(),
  jku: z.string().optional(),
});

/** The SDK canonicalises the JSON of a card, whatever its parameter type says. */
const anyCard = z.custom<AgentCard>();
