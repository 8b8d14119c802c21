/**
 * A credential, or a function that returns it. A function is called per request, and once more, with `refresh:
 * true`, after the agent has refused the credential.
 */
export type A2ACredential =
  | string
  | ((options: { refresh: boolean }) => string | PromiseLike<string>);

/**
 * Credentials for an agent. Of the alternatives that a card offers, the first one that these credentials
 * satisfy is used.
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
  /**
   * Sent as the card declares it: as header, in the query, or as cookie. Not sent if the card declares no API
   * key.
   */
  apiKey?: A2ACredential;
  /** A token, without `Bearer`. Also used if the card requires OAuth 2 or OpenID Connect. */
  bearer?: A2ACredential;
  basic?: { username: string; password: A2ACredential };
  clientCredentials?: A2AClientCredentials;
}

/** OAuth 2.0 client credentials (RFC 6749, section 4.4). The token is cached until it expires. */
export interface A2AClientCredentials {
  clientId: string;
  clientSecret: A2ACredential;
  /**
   * The token endpoint. Default: the card's, which must be on the agent's own origin or in `tokenOrigins`: a
   * card alone must not direct the secret to another server.
   */
  tokenUrl?: string;
  /** Origins that a card may name as token endpoint. Default: only the agent's own. */
  tokenOrigins?: string[];
  /** Default: the scopes that the card requires. */
  scopes?: string[];
  /** Additional fields of the token request, for example `audience`. */
  parameters?: Record<string, string>;
  /** How the client authenticates: with `Authorization: Basic`, or in the body. Default: `basic`. */
  authentication?: 'basic' | 'body';
}
