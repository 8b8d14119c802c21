import { AgentCard, type AgentCardSignature, canonicalizeAgentCard } from '@a2a-js/sdk';
import { InvalidArgumentError } from '@ai-sdk/provider';
import * as z from 'zod/v4';

/** The key that an agent signs its card with. */
export interface CardSigning {
  /** The private key: of WebCrypto, or in JSON (RFC 7517). */
  privateKey: CryptoKey | JsonWebKey;
  /** The id of the public key in the key set (`kid`). */
  keyId: string;
  /** The URL of the key set (`jku`). Default: none; callers have to know it. */
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
 * Signs a card (A2A 1.0, section 8.4) when it is first asked for. What is signed is what is published: the
 * SDK's own signer signs what its memory holds, in which security schemes have another form.
 *
 * @returns a function that throws InvalidArgumentError where the key cannot sign.
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
      // No cause: what a library says of a key is not for a log.
      throw new InvalidArgumentError({
        argument: 'signing',
        message: `The agent card cannot be signed: the key is no private key for ${algorithm}.`,
      });
    }
  }
}

/** The SDK's canonical form is that of a card's JSON, whatever the type of its parameter says. */
const anyCard = z.custom<AgentCard>();
