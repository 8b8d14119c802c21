import { type AccessToken, readAccessToken } from './access-token';
import type { TokenRequest } from './nevermined-calls';

/** A token that was minted, and what it says. */
export interface MintedToken extends AccessToken {
  text: string;
}

/**
 * The tokens of this process, which are written down nowhere: those of version 2 for a while, each of
 * version 3 until its message is sent.
 */
export class TokenStore {
  private readonly reusable = new Map<string, { token: MintedToken; until: number }>();
  private readonly unsent = new Map<string, MintedToken>();

  constructor(
    private readonly ttlMs: number,
    private readonly now: () => Date,
  ) {}

  /** A token that was used before, and may be again. */
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

  /** For the message that the hold with this id is for. */
  put(holdId: string, token: MintedToken): void {
    if (token.version === 3) this.unsent.set(holdId, token);
  }

  /** Once: a token of version 3 is for one message. */
  take(holdId: string): MintedToken | undefined {
    const token = this.unsent.get(holdId);
    this.unsent.delete(holdId);
    return token;
  }
}

/**
 * Reads what a backend minted. A token that is not for what was asked pays somebody else, or nobody: it
 * is none.
 */
export function readMinted(
  text: string,
  request: TokenRequest,
): { token: MintedToken; problem?: undefined } | { token?: undefined; problem: string } {
  const read = readAccessToken(text);
  if (read === undefined) return { problem: 'what it minted is no access token' };
  const { accepted, resource } = read.token;
  const differing = (['scheme', 'network', 'planId'] as const).find(
    (name) => accepted[name] !== request[name],
  );
  const other =
    differing ??
    (accepted.extra?.agentId === request.agentId ? undefined : 'agentId') ??
    // Version 2 is bound to no address, whatever it names.
    (read.version === 2 || isSameUrl(resource?.url, request.resourceUrl) ? undefined : 'resource');
  return other === undefined
    ? { token: { ...read, text } }
    : { problem: `it minted one for another \`${other}\` than was asked for` };
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
