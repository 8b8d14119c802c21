import type { Context } from 'hono';
import type * as z from 'zod/v4';
import { authenticate, type AuthenticateOptions } from './authenticate';
import { lapseEscrows } from './lapse-escrows';
import type { Account } from './ledger-types';
import type { RateLimiter } from './rate-limiter';
import type { ExchangeEnv } from './request-id';
import { readJson, validate } from './validate-body';

/**
 * What every request passes before its operation, in the exchange's order: a body that is no JSON
 * is refused first, then a wrong key, then a wrong field, then a request too many.
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

  /** A GET of an account. Sees the ledger as of now, whatever has lapsed since the last request. */
  async get<T>(
    c: Context<ExchangeEnv>,
    schema: z.ZodType<T>,
  ): Promise<{ caller: Account; query: T }> {
    const caller = await authenticate(c.req, this.options);
    return { caller, query: this.getPublic(c, schema) };
  }

  /** A GET that needs no key. */
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
