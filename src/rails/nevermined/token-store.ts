import { type AccessToken, readAccessToken } from './access-token';
import type { TokenRequest } from './nevermined-calls';

/** A new token with its parsed fields. */
export interface MintedToken extends AccessToken {
  text: string;
}

/**
 * The tokens of this process, which are never persisted: version 2 tokens for a while, each version 3 token
 * until its message is sent.
 */
export class TokenStore {
  private readonly reusable = new Map<string, { token: MintedToken; until: number }>();
  private readonly unsent = new Map<string, MintedToken>();

  constructor(
    private readonly ttlMs: number,
    private readonly now: () => Date,
  ) {}

  /** A token that can be reused. */
  find(request: TokenRequest): MintedToken | undefined {
    const key = keyOf(request);
    const found = this.reusable.get(key);
    if (found !== undefined && found.until > this.now().getTime()) return found.token;
    this.reusable.delete(key);
    return undefined;
  }

  keep(request: TokenRequest, token: MintedToken): void {
    if (token.version === 2) {
      this.reusable.set(keyOf(request), { token, until: this.now().getTime() + this.ttlMs });
    }
  }

  drop(request: TokenRequest): void {
    this.reusable.delete(keyOf(request));
  }

  /** Stores the token for the message of the hold with this id. */
  put(holdId: string, token: MintedToken): void {
    if (token.version === 3) this.unsent.set(holdId, token);
  }

  /** Returns the token once: a version 3 token is for one message. */
  take(holdId: string): MintedToken | undefined {
    const token = this.unsent.get(holdId);
    this.unsent.delete(holdId);
    return token;
  }
}

/**
 * Parses a token from the backend. A token with other parameters than requested would pay someone else or
 * nobody, so it is rejected.
 */
export function readMinted(
  text: string,
  request: TokenRequest,
): { token: MintedToken; problem?: undefined } | { token?: undefined; problem: string } {
  const read = readAccessToken(text);
  if (read === undefined) return { problem: 'the backend did not return an access token' };
  const { accepted, resource } = read.token;
  const differing = (['scheme', 'network', 'planId'] as const).find(
    (name) => accepted[name] !== request[name],
  );
  const other =
    differing ??
    (accepted.extra?.agentId === request.agentId ? undefined : 'agentId') ??
    // Version 2 is not bound to a URL, whatever it contains.
    (read.version === 2 || isSameUrl(resource?.url, request.resourceUrl) ? undefined : 'resource');
  return other === undefined
    ? { token: { ...read, text } }
    : { problem: `the backend returned a token for another \`${other}\` than requested` };
}

function isSameUrl(minted: string | undefined, asked: string | undefined): boolean {
  const [one, other] = [minted, asked].map((url) =>
    url !== undefined && URL.canParse(url) ? new URL(url).href : url,
  );
  return one === other;
}

function keyOf({ planId, agentId, scheme, network, delegationId }: TokenRequest): string {
  return JSON.stringify([planId, agentId, scheme, network, delegationId]);
}
