import type { Context } from 'hono';
import type * as z from 'zod/v4';
import { authenticate, type AuthenticateOptions } from './authenticate';
import { lapseEscrows } from './lapse-escrows';
import type { Account } from './ledger-types';
import type { RateLimiter } from './rate-limiter';
import type { ExchangeEnv } from './request-id';
import { readJson, validate } from './validate-body';

/**
 * The checks of every request before its operation, in the exchange's order: invalid JSON is refused first,
 * then a wrong key, then an invalid field, then a request above the rate limit.
 */
export class Gate {
  private readonly options: AuthenticateOptions & { rateLimiter: RateLimiter | undefined };

  constructor(options: AuthenticateOptions & { rateLimiter: RateLimiter | undefined }) {
    this.options = options;
  }

  /** A POST, or a PUT, of an account. */
  async post<T>(
    c: Context<ExchangeEnv>,
    schema: z.ZodType<T>,
  ): Promise<{ caller: Account; body: T }> {
    const sent = await readJson(c.req);
    const caller = await authenticate(c.req, this.options);
    const body = validate(schema, sent, 'body');
    this.count(c);
    return { caller, body };
  }

  /** A GET of an account. Sees the current ledger, including holds that expired since the last request. */
  async get<T>(
    c: Context<ExchangeEnv>,
    schema: z.ZodType<T>,
  ): Promise<{ caller: Account; query: T }> {
    const caller = await authenticate(c.req, this.options);
    return { caller, query: this.getPublic(c, schema) };
  }

  /** A GET without a key. */
  getPublic<T>(c: Context<ExchangeEnv>, schema: z.ZodType<T>): T {
    const query = validate(schema, c.req.query(), 'query');
    this.count(c);
    lapseEscrows(this.options.ledger);
    return query;
  }

  private count(c: Context<ExchangeEnv>): void {
    this.options.rateLimiter?.hit(c.req.path);
  }
}
