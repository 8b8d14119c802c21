import { canonicalizeAgentCard, type AgentCard } from '@a2a-js/sdk';
import { base64url, decodeProtectedHeader, flattenedVerify } from 'jose';
import * as z from 'zod/v4';
import { toSortedJson } from '../../internal/to-sorted-json';
import type { PublishedCard } from './parse-agent-card';

/** A public key in JSON (RFC 7517). */
export type A2ACardKey = JsonWebKey & { kid?: string };

/**
 * The public keys that agents' cards must be signed with: a JSON Web Key Set, or a function that
 * finds the key of a signature. `keySetUrl` is where the card says the keys are; nothing is fetched
 * from there unless your function does.
 */
export type A2ACardKeys =
  | { keys: A2ACardKey[] }
  | ((signature: {
      keyId: string | undefined;
      keySetUrl: string | undefined;
    }) => A2ACardKey | undefined | PromiseLike<A2ACardKey | undefined>);

/**
 * Whether at least one of a card's signatures is by one of the keys (A2A 1.0, section 8.4).
 *
 * What the A2A SDK has for it writes each signature that does not fit to the console, so that only
 * its canonical form is used here.
 *
 * @throws whatever the function behind `keys` throws.
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
 * What a signature may cover. The SDK's own servers sign what their memory holds, in which security
 * schemes have another form and get lost; where a token may be asked for does not rest on them alone.
 */
function signedForms({ card, json }: Pick<PublishedCard, 'card' | 'json'>): string[] {
  const { signatures: _, ...unsigned } = json;
  // Of a card of protocol 0.3, the 1.0 form of its JSON would leave out the very address.
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

/** Only those with a public key: a shared secret in the place of one would let anybody sign. */
const algorithms = 'ES256 ES384 ES512 EdDSA Ed25519 RS256 RS384 RS512 PS256 PS384 PS512'.split(' ');

const signedCard = z.looseObject({
  signatures: z.array(z.looseObject({ protected: z.string(), signature: z.string() })).min(1),
});

const header = z.looseObject({
  kid: z.string().optional(),
  jku: z.string().optional(),
});

/** The SDK's canonical form is that of a card's JSON, whatever the type of its parameter says. */
const anyCard = z.custom<AgentCard>();
