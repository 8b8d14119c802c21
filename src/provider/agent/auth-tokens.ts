import { convertUint8ArrayToBase64, type FetchFunction } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { networkCode } from '../client/a2a-response-error';
import { readLimitedText } from '../../internal/read-limited-text';
import { A2AAuthError } from './auth-error';

/** The data of a token request. */
export interface TokenRequest {
  agent: string;
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  scopes: string[];
  parameters: Record<string, string>;
  authentication: 'basic' | 'body';
}

/**
 * A cache of access tokens: each token is kept until shortly before it expires, and concurrent callers share
 * one token request.
 */
export class A2ATokens {
  private readonly fetch: FetchFunction;
  private readonly now: () => number;
  private readonly entries = new Map<string, TokenEntry>();
  private readonly discovered = new Map<string, Promise<string>>();

  constructor({ fetch, now }: { fetch: FetchFunction; now: () => number }) {
    this.fetch = fetch;
    this.now = now;
  }

  /**
   * @param rejected tokens that the agent has refused: they are not returned again.
   * @throws A2AAuthError
   */
  async get(request: TokenRequest, rejected: readonly string[]): Promise<string> {
    const { tokenUrl, clientId, clientSecret, scopes, parameters } = request;
    const key = JSON.stringify([tokenUrl, clientId, clientSecret, scopes, parameters]);
    const known = this.entries.get(key);
    if (known !== undefined && known.expires > this.now()) {
      const token = await known.token;
      if (!rejected.includes(token)) return token;
    }
    // Another call may have renewed it meanwhile.
    const current = this.entries.get(key);
    if (current !== undefined && current !== known) return current.token;
    const entry: TokenEntry = { token: Promise.resolve(''), expires: Infinity };
    entry.token = this.request(request).then(({ token, lifetimeMs }) => {
      entry.expires = this.now() + lifetimeMs - Math.min(expiryMarginMs, lifetimeMs / 2);
      return token;
    });
    entry.token.catch(() => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
    this.entries.set(key, entry);
    return entry.token;
  }

  /**
   * The token endpoint in the metadata of an OpenID Connect provider (OpenID Connect Discovery 1.0, section 4).
   *
   * @throws A2AAuthError
   */
  async discover(agent: string, url: string): Promise<string> {
    const known = this.discovered.get(url);
    if (known !== undefined) return known;
    const endpoint = this.ask(agent, url, { headers: { accept: 'application/json' } }).then(
      ({ json }) => {
        const parsed = discovery.safeParse(json);
        if (parsed.success) return parsed.data.token_endpoint;
        throw new A2AAuthError({ agent, url, message: `${url} names no token endpoint.` });
      },
    );
    this.discovered.set(url, endpoint);
    endpoint.catch(() => this.discovered.delete(url));
    return endpoint;
  }

  private async request(request: TokenRequest): Promise<{ token: string; lifetimeMs: number }> {
    const { agent, tokenUrl, clientId, clientSecret, scopes, parameters } = request;
    const inBody = request.authentication === 'body';
    const body = new URLSearchParams({
      ...parameters,
      grant_type: 'client_credentials',
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      ...(inBody && { client_id: clientId, client_secret: clientSecret }),
    });
    const { json, status } = await this.ask(agent, tokenUrl, {
      method: 'POST',
      body: body.toString(),
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        ...(!inBody && {
          authorization: basicAuthorization(
            encodeURIComponent(clientId),
            encodeURIComponent(clientSecret),
          ),
        }),
      },
    });
    const parsed = tokenAnswer.safeParse(json);
    if (!parsed.success) {
      throw new A2AAuthError({
        agent,
        url: tokenUrl,
        statusCode: status,
        message: `The token endpoint ${tokenUrl} of agent "${agent}" answered without a bearer token.`,
      });
    }
    const { access_token: token, expires_in: seconds } = parsed.data;
    return { token, lifetimeMs: seconds === undefined ? Infinity : seconds * 1000 };
  }

  private async ask(
    agent: string,
    url: string,
    init: RequestInit,
  ): Promise<{ json: unknown; status: number }> {
    // Some runtimes throw if their `fetch` is called as a method of another object.
    const { fetch } = this;
    let response: Response;
    let text: string | undefined;
    try {
      // Redirects are not followed: the secret could be sent anywhere.
      const signal = AbortSignal.timeout(timeoutMs);
      response = await fetch(url, { ...init, redirect: 'manual', signal });
      text = await readLimitedText(response, maxBytes);
    } catch (error) {
      const code = networkCode(error);
      throw failed(`could not be reached${code === undefined ? '' : ` (${code})`}`, {
        isRetryable: true,
      });
    }
    const { ok, status } = response;
    const json = parseJson(text ?? '');
    if (ok) return { json, status };
    const said = refusal.safeParse(json);
    throw failed(`answered HTTP ${status}${said.success ? `: ${said.data.error}` : ''}`, {
      statusCode: status,
      isRetryable: status >= 500 || status === 429,
    });

    function failed(how: string, facts: { statusCode?: number; isRetryable: boolean }) {
      const message = `The token endpoint ${url} of agent "${agent}" ${how}.`;
      return new A2AAuthError({ agent, url, message, ...facts });
    }
  }
}

interface TokenEntry {
  token: Promise<string>;
  expires: number;
}

/** The value of an `Authorization: Basic` header (RFC 7617). */
export function basicAuthorization(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${convertUint8ArrayToBase64(bytes)}`;
}

const timeoutMs = 15_000;
const maxBytes = 64 * 1024;
/** A token must reach the agent before it expires. */
const expiryMarginMs = 30_000;

const tokenAnswer = z.looseObject({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .optional(),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});

/** Only the error codes of RFC 6749, section 5.2: other text could quote the request. */
const refusal = z.looseObject({
  error: z.enum([
    'invalid_request',
    'invalid_client',
    'invalid_grant',
    'unauthorized_client',
    'unsupported_grant_type',
    'invalid_scope',
  ]),
});

const discovery = z.looseObject({ token_endpoint: z.url() });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
