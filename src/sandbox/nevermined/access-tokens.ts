import {
  type AccessToken,
  encodeAccessToken,
  readAccessToken,
} from '../../rails/nevermined/schemas';
import { randomHex } from './books';

/** The grant of a token. */
export interface TokenGrant {
  version: 2 | 3;
  from: string;
  delegationId: string;
  scheme: string;
  network: string;
  planId: string;
  agentId: string | undefined;
  httpVerb: string | undefined;
  resourceUrl: string | undefined;
}

/**
 * Mints x402 access tokens and verifies its own. A stored random number replaces the smart account signature of
 * real tokens.
 */
export class AccessTokens {
  private readonly grants = new Map<string, TokenGrant & { nonce: string | undefined }>();

  mint(grant: TokenGrant): string {
    const { version, scheme, network, planId, agentId, httpVerb, resourceUrl } = grant;
    const signature = randomHex(65);
    const nonce = version === 3 ? randomHex(32) : undefined;
    this.grants.set(signature, { ...grant, nonce });
    return encodeAccessToken({
      x402Version: 2,
      ...(resourceUrl !== undefined && { resource: { url: resourceUrl } }),
      accepted: {
        scheme,
        network,
        planId,
        extra: {
          version: '1',
          ...(agentId !== undefined && { agentId }),
          ...(httpVerb !== undefined && { httpVerb }),
        },
      },
      payload: {
        signature,
        authorization: {
          from: grant.from,
          sessionKeysProvider: 'zerodev',
          sessionKeys: [{ id: 'redeem', data: grant.delegationId }],
          ...(nonce !== undefined && { nonce }),
        },
      },
      extensions: {},
    });
  }

  /** The grant of a token. Undefined for a forged token, or if its signed parts were changed. */
  read(text: string): (TokenGrant & { nonce: string | undefined }) | undefined {
    const read = readAccessToken(text);
    const grant = read && this.grants.get(read.token.payload.signature);
    return grant && isSigned(read, grant) ? grant : undefined;
  }
}

/** Version 2 signs neither agent nor address, and has no nonce: so it can be reused. */
function isSigned({ token, version }: AccessToken, grant: TokenGrant & { nonce?: unknown }) {
  const { accepted, resource, payload } = token;
  const { from, nonce } = payload.authorization;
  if (version !== grant.version || from !== grant.from || accepted.planId !== grant.planId) {
    return false;
  }
  return (
    version === 2 ||
    (nonce === grant.nonce &&
      (accepted.extra?.agentId ?? undefined) === grant.agentId &&
      (accepted.extra?.httpVerb ?? undefined) === grant.httpVerb &&
      (resource?.url ?? undefined) === grant.resourceUrl)
  );
}
