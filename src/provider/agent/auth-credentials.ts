import type { CardSecurity, SecurityScheme } from './read-card-security';
import { A2AAuthError } from './auth-error';
import type { A2AAuthOptions, A2AClientCredentials, A2ACredential } from './auth-options';
import { basicAuthorization, type A2ATokens } from './auth-tokens';

/** The credentials of one request. */
export interface ShownCredentials {
  headers: Map<string, string>;
  query: Map<string, string>;
  cookies: Map<string, string>;
}

/** Selects, for one agent, the caller's credentials that the agent's card requires. */
export class A2ACredentials {
  private readonly config: {
    agent: string;
    /** The configured URL: a card must not direct token requests away from its origin. */
    url: string;
    auth: A2AAuthOptions;
    tokens: A2ATokens;
  };
  private readonly shown = new Map<string, string>();

  constructor(config: A2ACredentials['config']) {
    this.config = config;
  }

  /** The values that must be redacted from errors, by name. */
  secrets(): [string, string][] {
    return [...this.shown].flatMap(([secret, name]): [string, string][] => [
      [name, secret],
      [name, encodeURIComponent(secret)],
    ]);
  }

  /**
   * @param security the card's declaration; undefined without a card.
   * @param rejected the credentials that the agent has refused.
   * @throws A2AAuthError if no known credentials satisfy the card, or no token could be obtained.
   */
  async for(
    security: CardSecurity | undefined,
    rejected?: ShownCredentials,
  ): Promise<ShownCredentials> {
    const shown: ShownCredentials = { headers: new Map(), query: new Map(), cookies: new Map() };
    for (const [scheme, scopes] of this.choose(security)) {
      await this.show(scheme, { scopes, shown, rejected });
    }
    return shown;
  }

  private choose(security: CardSecurity | undefined): [SecurityScheme, string[]][] {
    const { schemes, requirements } = security ?? { schemes: new Map(), requirements: [] };
    // A card that requires no authentication may still declare accepted schemes.
    const alternatives = [
      ...requirements,
      ...(requirements.length === 0
        ? [...schemes.keys()].map((name) => new Map([[name, []]]))
        : []),
    ].filter((required) => required.size > 0);
    for (const required of alternatives) {
      const found = [...required].map(([name, scopes]): [SecurityScheme, string[]] => [
        schemes.get(name) ?? { type: 'unknown' },
        scopes,
      ]);
      if (found.every(([scheme]) => this.satisfies(scheme))) return found;
    }
    const isRequired = requirements.length > 0 && requirements.every(({ size }) => size > 0);
    if (isRequired) throw this.unsatisfied(alternatives, schemes);
    const { basic } = this.config.auth;
    const undeclared: SecurityScheme = {
      type: 'http',
      scheme: basic !== undefined && !this.satisfies(bearerScheme) ? 'basic' : 'bearer',
    };
    return alternatives.length === 0 && this.satisfies(undeclared) ? [[undeclared, []]] : [];
  }

  private satisfies(scheme: SecurityScheme): boolean {
    const { apiKey, basic, bearer } = this.config.auth;
    switch (scheme.type) {
      case 'apiKey':
        return apiKey !== undefined;
      case 'http':
        if (scheme.scheme === 'basic') return basic !== undefined;
        return scheme.scheme === 'bearer' && (bearer !== undefined || this.hasTokenUrl(scheme));
      case 'oauth2':
      case 'openIdConnect':
        return bearer !== undefined || this.hasTokenUrl(scheme);
      case 'mutualTLS':
        // Provided by the connection itself, that is, by a custom `fetch`.
        return true;
      default:
        return false;
    }
  }

  private hasTokenUrl(scheme: SecurityScheme): boolean {
    const { clientCredentials } = this.config.auth;
    if (clientCredentials === undefined) return false;
    const isDeclared = scheme.type === 'oauth2' && scheme.tokenUrl !== undefined;
    return (
      clientCredentials.tokenUrl !== undefined || isDeclared || scheme.type === 'openIdConnect'
    );
  }

  private async show(
    scheme: SecurityScheme,
    {
      scopes,
      shown,
      rejected,
    }: { scopes: string[]; shown: ShownCredentials; rejected: ShownCredentials | undefined },
  ): Promise<void> {
    const { apiKey, basic, bearer, clientCredentials } = this.config.auth;
    const refresh = rejected !== undefined;
    if (scheme.type === 'apiKey') {
      const key = await this.reveal(apiKey, { name: scheme.name, refresh });
      const places = { header: shown.headers, query: shown.query, cookie: shown.cookies };
      places[scheme.in].set(scheme.in === 'header' ? scheme.name.toLowerCase() : scheme.name, key);
      return;
    }
    if (scheme.type === 'mutualTLS') return;
    if (scheme.type === 'http' && scheme.scheme === 'basic') {
      const password = await this.reveal(basic?.password, { name: 'password', refresh });
      const value = basicAuthorization(basic?.username ?? '', password);
      shown.headers.set('authorization', this.remember('authorization', value));
      return;
    }
    const prefersBearer =
      bearer !== undefined && (scheme.type === 'http' || !this.hasTokenUrl(scheme));
    const token =
      clientCredentials === undefined || prefersBearer
        ? await this.reveal(bearer, { name: 'authorization', refresh })
        : await this.requestToken(clientCredentials, { scheme, scopes, rejected });
    shown.headers.set('authorization', `Bearer ${this.remember('authorization', token)}`);
  }

  private async requestToken(
    client: A2AClientCredentials,
    {
      scheme,
      scopes,
      rejected,
    }: { scheme: SecurityScheme; scopes: string[]; rejected: ShownCredentials | undefined },
  ): Promise<string> {
    const { agent, tokens } = this.config;
    const tokenUrl = client.tokenUrl ?? (await this.declaredTokenUrl(client, scheme));
    const refused = rejected?.headers.get('authorization')?.replace(/^Bearer /, '');
    return tokens.get(
      {
        agent,
        tokenUrl,
        clientId: client.clientId,
        clientSecret: await this.reveal(client.clientSecret, {
          name: 'client_secret',
          refresh: refused !== undefined,
        }),
        scopes: client.scopes ?? scopes,
        parameters: client.parameters ?? {},
        authentication: client.authentication ?? 'basic',
      },
      refused === undefined ? [] : [refused],
    );
  }

  private async declaredTokenUrl(
    client: A2AClientCredentials,
    scheme: SecurityScheme,
  ): Promise<string> {
    const { agent, tokens } = this.config;
    const declared =
      scheme.type === 'openIdConnect'
        ? await tokens.discover(agent, this.allowed(scheme.url, client))
        : scheme.type === 'oauth2'
          ? scheme.tokenUrl
          : undefined;
    return this.allowed(declared, client);
  }

  private allowed(
    declared: string | undefined,
    { tokenOrigins = [] }: A2AClientCredentials,
  ): string {
    const { agent, url } = this.config;
    const target =
      declared !== undefined && URL.canParse(declared, url) ? new URL(declared, url) : undefined;
    const origins = [url, ...tokenOrigins].map((allowed) =>
      URL.canParse(allowed) ? new URL(allowed).origin : undefined,
    );
    if (target !== undefined && origins.includes(target.origin)) return target.href;
    throw new A2AAuthError({
      agent,
      url,
      message: `The card of agent "${agent}" names ${target?.origin ?? 'no web address'} as its token endpoint, which is refused because your client secret would be sent there. To allow it, set \`clientCredentials.tokenUrl\`, or list the origin in \`clientCredentials.tokenOrigins\`.`,
    });
  }

  private async reveal(
    credential: A2ACredential | undefined,
    { name, refresh }: { name: string; refresh: boolean },
  ): Promise<string> {
    if (typeof credential !== 'function') return this.remember(name, credential ?? '');
    try {
      return this.remember(name, await credential({ refresh }));
    } catch (cause) {
      const { agent, url } = this.config;
      const message = `The credentials for agent "${agent}" could not be obtained: the function for them failed.`;
      throw new A2AAuthError({ agent, url, message, cause });
    }
  }

  private remember(name: string, secret: string): string {
    this.shown.delete(secret);
    this.shown.set(secret, name);
    const [oldest] = this.shown.keys();
    if (this.shown.size > maxRemembered && oldest !== undefined) this.shown.delete(oldest);
    return secret;
  }

  private unsatisfied(
    alternatives: Map<string, string[]>[],
    schemes: Map<string, SecurityScheme>,
  ): A2AAuthError {
    const { agent, url } = this.config;
    const wanted = alternatives
      .map((required) =>
        [...required.keys()]
          .map((name) => `${name.slice(0, 60)} (${schemes.get(name)?.type ?? 'undeclared'})`)
          .join(' and '),
      )
      .slice(0, 10)
      .join(', or ');
    const message = `Agent "${agent}" requires ${wanted}, which \`auth\` does not provide.`;
    return new A2AAuthError({ agent, url, message });
  }
}

const bearerScheme: SecurityScheme = { type: 'http', scheme: 'bearer' };

/** For changing tokens, the last values are enough: responses to older requests have already arrived. */
const maxRemembered = 20;
