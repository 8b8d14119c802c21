import { Hono } from 'hono';
import { addAccountRoutes } from './account-routes';
import { addEscrowRoutes } from './escrow-routes';
import { ExchangeError } from './exchange-error';
import { type ExchangeState, exchangeStateSchema } from './exchange-state';
import { Gate } from './gate';
import { idempotency } from './idempotency';
import { lapseEscrows } from './lapse-escrows';
import { Ledger } from './ledger';
import type { AccountDetails, LedgerSnapshot } from './ledger-types';
import { RateLimited, RateLimiter } from './rate-limiter';
import { requestId, type ExchangeEnv } from './request-id';
import type { OpenedAccount } from './route-parts';
import { InvalidRequest } from './validate-body';

export interface ExchangeOptions {
  /** The exchange's clock. Default: the system's. */
  now?: (() => Date) | undefined;
  /**
   * Milliseconds for which a hold past its TTL may still be reported as `held`. The reference exchange sweeps
   * once a minute, and when it opens or settles an escrow; a sweep is rolled back if that operation fails, so a
   * release or a refund is refused as `expired` while the hold is still reported as `held`. Default: 0, it is
   * refunded at once.
   */
  sweepAfterMs?: number | undefined;
  /** The initial whole tokens of every new account. Default: 100. */
  starterTokens?: number | undefined;
  /** Requests per minute and path, after which the exchange answers 429. Default: no limit. */
  rateLimit?: { perMinute: number } | undefined;
  /** Refuses requests without `X-A2A-Signature`. A signature is always verified if present. Default: false. */
  requireSignatures?: boolean | undefined;
  /** What `state()` of an earlier exchange returned, also after JSON. Default: an empty ledger. */
  state?: unknown;
  /** Called after each request that may have changed the state; the response waits for it. */
  onChange?: (() => Promise<void>) | undefined;
}

/** An A2A Settlement Exchange in memory. */
export interface Exchange {
  /** Handles a request as the exchange's HTTP API does, under `/v1` and `/api/v1` of any origin. */
  fetch(request: Request): Promise<Response>;
  /**
   * Opens an account without HTTP, or returns that of the earlier state with this name.
   *
   * @param options.tokens The initial whole tokens of a new account, instead of `starterTokens`.
   * @param options.accountId The id of a new account. Default: a random one.
   * @param options.apiKey A key of the account. Default: its first one, or a random one.
   * @throws If the name is taken.
   */
  register(name: string, options?: OwnAccountOptions): { accountId: string; apiKey: string };
  /** The current ledger. `minted` equals the sum of all `available` and `held` plus `treasury`. */
  ledger(): LedgerSnapshot;
  /** The whole state, with all API keys, for `JSON.stringify` and the option `state`. */
  state(): ExchangeState;
}

interface OwnAccountOptions {
  tokens?: number | undefined;
  accountId?: string | undefined;
  apiKey?: string | undefined;
}

/**
 * Creates an embedded A2A Settlement Exchange with the HTTP API of the real one, in memory, for demos and
 * tests. Every operation is atomic, and an expired hold is always refunded to its payer.
 *
 * @example
 * ```ts
 * const exchange = createExchange();
 * const payer = exchange.register('shop');
 * const response = await exchange.fetch(
 *   new Request('http://exchange.local/v1/exchange/balance', {
 *     headers: { authorization: `Bearer ${payer.apiKey}` },
 *   }),
 * );
 * ```
 */
export function createExchange({
  now = () => new Date(),
  sweepAfterMs = 0,
  starterTokens = 100,
  rateLimit,
  requireSignatures = false,
  state,
  onChange,
}: ExchangeOptions = {}): Exchange {
  const ledger = new Ledger({ now, sweepAfterMs });
  const earlier = state === undefined ? undefined : readState(state);
  if (earlier !== undefined) ledger.restore(earlier.ledger);
  const keys = new Map(Object.entries(earlier?.keys ?? {}));
  const earlierIds = new Map(earlier?.ledger.accounts.map(({ botName, id }) => [botName, id]));
  const rateLimiter = rateLimit && new RateLimiter({ ...rateLimit, now });
  const gate = new Gate({ ledger, keys, requireSignatures, rateLimiter });

  const openAccount = (
    details: AccountDetails,
    { tokens = starterTokens, accountId, apiKey = newKey() }: OwnAccountOptions = {},
  ): OpenedAccount => {
    const account = ledger.register(details, tokens, accountId);
    keys.set(apiKey, account.id);
    return { account, apiKey, starterTokens: tokens };
  };

  const routes = new Hono<ExchangeEnv>();
  addAccountRoutes({ routes, gate, ledger, openAccount });
  addEscrowRoutes({ routes, gate, ledger, openAccount });
  const app = createApp({ routes, now });

  return {
    async fetch(request) {
      const response = await app.fetch(request);
      if (request.method !== 'GET' && request.method !== 'HEAD') await onChange?.();
      return response;
    },
    register(name, options = {}) {
      const earlierId = earlierIds.get(name);
      if (earlierId === undefined) {
        const { account, apiKey } = openAccount(sandboxAccount(name), options);
        return { accountId: account.id, apiKey };
      }
      const [known] = [...keys].find(([, id]) => id === earlierId) ?? [];
      const apiKey = options.apiKey ?? known ?? newKey();
      keys.set(apiKey, earlierId);
      return { accountId: earlierId, apiKey };
    },
    ledger() {
      lapseEscrows(ledger);
      return ledger.snapshot();
    },
    state: () => ({ version: 1, ledger: ledger.state(), keys: Object.fromEntries(keys) }),
  };
}

/** @throws If it is no state of an exchange. */
function readState(state: unknown): ExchangeState {
  const { data } = exchangeStateSchema.safeParse(state);
  if (data === undefined) throw new Error('This is not the state of a sandbox.');
  return data;
}

function newKey(): string {
  return `ate_${crypto.randomUUID().replaceAll('-', '')}`;
}

function createApp({ routes, now }: { routes: Hono<ExchangeEnv>; now: () => Date }) {
  const app = new Hono<ExchangeEnv>();
  app.use(requestId);
  app.use(async (c, next) => {
    await next();
    // The exchange's own clock, whatever the clock of the surrounding server.
    c.header('Date', now().toUTCString());
  });
  app.use(idempotency({ now }));
  app.get('/health', (c) => c.json(health));
  app.route('/v1', routes);
  app.route('/api/v1', routes);
  addFallbacks(app);

  app.notFound((c) => c.json({ detail: 'Not Found' }, 404));
  app.onError((error, c) => {
    if (error instanceof ExchangeError) return c.json({ detail: error.message }, error.status);
    if (error instanceof InvalidRequest) return c.json({ detail: error.detail }, 422);
    if (error instanceof RateLimited) return c.json({ error: error.message }, 429);
    return c.text('Internal Server Error', 500);
  });
  return app;
}

/** A known path answers 405 to other methods, and 307 if it has a trailing slash. */
function addFallbacks(app: Hono<ExchangeEnv>): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method !== 'ALL') methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  for (const [path, allowed] of methods) {
    app.all(path, (c) => {
      return c.json({ detail: 'Method Not Allowed' }, 405, { Allow: [...allowed].join(', ') });
    });
    app.all(`${path}/`, (c) => {
      const url = new URL(c.req.url);
      url.pathname = url.pathname.slice(0, -1);
      return c.redirect(url.href, 307);
    });
  }
}

function sandboxAccount(name: string): AccountDetails {
  return {
    botName: name,
    developerId: `sandbox-${name}`,
    developerName: 'Sandbox',
    contactEmail: 'sandbox@example.com',
    description: null,
    skills: [],
    dailySpendLimit: null,
  };
}

const health = {
  status: 'ok',
  service: 'a2a-settlement-exchange',
  version: '1.0.0',
  database: 'ok',
};
