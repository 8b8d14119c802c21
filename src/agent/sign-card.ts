import { AgentCard, type AgentCardSignature, canonicalizeAgentCard } from '@a2a-js/sdk';
import { InvalidArgumentError } from '@ai-sdk/provider';
import * as z from 'zod/v4';

/** The key for signing the agent card. */
export interface CardSigning {
  /** The private key: a WebCrypto key, or a JWK (RFC 7517). */
  privateKey: CryptoKey | JsonWebKey;
  /** The id of the public key in the key set (`kid`). */
  keyId: string;
  /** The URL of the key set (`jku`). Default: none; clients must know the key set. */
  keySetUrl?: string | undefined;
  /** The JWS algorithm of the key. Default: `ES256`. */
  algorithm?:
    | 'ES256'
    | 'ES384'
    | 'ES512'
    | 'EdDSA'
    | 'RS256'
    | 'RS384'
    | 'RS512'
    | 'PS256'
    | 'PS384'
    | 'PS512'
    | undefined;
}

/**
 * Signs a card (A2A 1.0, section 8.4) when it is first requested. The signature covers the published JSON:
 * the SDK's own signer signs its in-memory form, in which security schemes have a different structure.
 *
 * @returns a function that throws InvalidArgumentError if the key cannot sign.
 */
export function createCardSigner(
  card: AgentCard,
  { algorithm = 'ES256', keyId, keySetUrl, privateKey }: CardSigning,
): () => Promise<AgentCardSignature[]> {
  let signed: Promise<AgentCardSignature[]> | undefined;
  return () => (signed ??= sign());

  async function sign(): Promise<AgentCardSignature[]> {
    try {
      const { FlattenedSign } = await import('jose');
      const payload = canonicalizeAgentCard(anyCard.parse(AgentCard.toJSON(card)));
      const jws = await new FlattenedSign(new TextEncoder().encode(payload))
        .setProtectedHeader({
          alg: algorithm,
          kid: keyId,
          typ: 'JOSE',
          ...(keySetUrl !== undefined && { jku: keySetUrl }),
        })
        .sign(privateKey instanceof CryptoKey ? privateKey : { ...privateKey });
      return [{ protected: jws.protected ?? '', signature: jws.signature, header: undefined }];
    } catch {
      // No cause: an error about a key must not be logged.
      throw new InvalidArgumentError({
        argument: 'signing',
        message: `The agent card cannot be signed: the key is not a private key for ${algorithm}.`,
      });
    }
  }
}

/** The SDK's canonicalization takes a card's JSON, although its parameter type is the in-memory card. */
const anyCard = z.custom<AgentCard>();
