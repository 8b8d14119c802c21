/**
 * A credential, or a function that knows it. A function is asked per request, and once more, with
 * `refresh: true`, after the agent has refused what it gave.
 */
export type A2ACredential =
  | string
  | ((options: { refresh: boolean }) => string | PromiseLike<string>);

/**
 * What the caller can show an agent. Of the ways in that a card offers, the first one is taken that
 * these satisfy.
 *
 * @example
 * ```ts
 * const agents = createA2A({
 *   agents: {
 *     scraper: {
 *       url: 'https://scraper.example.com',
 *       auth: { clientCredentials: { clientId: 'me', clientSecret: () => readSecret('scraper') } },
 *     },
 *   },
 * });
 * ```
 */
export interface A2AAuthOptions {
  /** Sent as the card declares it: as header, in the query, or as cookie. Undeclared: not sent. */
  apiKey?: A2ACredential;
  /** A token, without `Bearer`. Also shown where the card asks for OAuth 2 or OpenID Connect. */
  bearer?: A2ACredential;
  basic?: { username: string; password: A2ACredential };
  clientCredentials?: A2AClientCredentials;
}

/** OAuth 2.0 client credentials (RFC 6749, section 4.4). The token is kept until it expires. */
export interface A2AClientCredentials {
  clientId: string;
  clientSecret: A2ACredential;
  /**
   * Where tokens are had. Default: what the card says, which must then be on the agent's own origin
   * or in `tokenOrigins`: a card alone cannot send the secret to a stranger.
   */
  tokenUrl?: string;
  /** Origins that a card may name as the place for tokens. Default: only the agent's own. */
  tokenOrigins?: string[];
  /** Default: the scopes that the card requires. */
  scopes?: string[];
  /** Further fields of the token request, `audience` for one. */
  parameters?: Record<string, string>;
  /** How the client shows its secret: as `Authorization: Basic`, or in the body. Default: `basic`. */
  authentication?: 'basic' | 'body';
}
