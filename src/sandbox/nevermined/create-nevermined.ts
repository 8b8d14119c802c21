import { Hono } from 'hono';
import { toBase64Url } from '../../rails/nevermined/schemas';
import { AccessTokens } from './access-tokens';
import { Books, randomHex } from './books';
import { Facilitator } from './facilitator';
import { NeverminedError } from './nevermined-error';
import type { NeverminedAccount, NeverminedLedger, PlanOffer } from './nevermined-types';
import { addPlanRoutes } from './plan-routes';
import { addX402Routes } from './x402-routes';

export interface NeverminedOptions {
  /** The path before `/api/v1`. Default: the origin. */
  basePath?: string | undefined;
  /** The backend's clock. Default: the system's. */
  now?: (() => Date) | undefined;
  /**
   * The newest version of access tokens that it mints; an older backend ignores a request for version 3.
   * Default: 3.
   */
  newestTokenVersion?: 2 | 3 | undefined;
  /** The version that it mints by default. Default: 2. */
  defaultTokenVersion?: 2 | 3 | undefined;
  /** Called before each request, and may return its response: to simulate failures. */
  intercept?: ((request: Request) => Promise<Response | undefined>) | undefined;
}

/** Nevermined's backend in memory. */
export interface Nevermined {
  /** Handles a request as the backend does, under `/api/v1` of any origin. */
  fetch(request: Request): Promise<Response>;
  /** Opens a buyer's or a seller's account. */
  register(): NeverminedAccount;
  /** Publishes a plan, and returns its id. */
  addPlan(owner: NeverminedAccount, offer: PlanOffer): string;
  /** The current ledger. */
  ledger(): NeverminedLedger;
}

/**
 * Creates a Nevermined backend: plans, orders, balances, delegations, access tokens of version 2 and 3, verify
 * and settle. In memory, without a chain and without money.
 *
 * Not tested against a live backend: the shapes are those that Nevermined's own clients read and write,
 * `payments-py` 1.18.0 (which the tests run against it) and `@nevermined-io/payments` 1.11.0 (from source), and
 * so are the error codes `BCK.…`. The codes `SANDBOX.…`, the response to a card checkout (which grants the
 * credits at once), and the fields of a plan other than its price are the sandbox's own.
 *
 * @example
 * ```ts
 * const nevermined = createNevermined();
 * const seller = nevermined.register();
 * const planId = nevermined.addPlan(seller, { name: 'Hundred calls', credits: 100 });
 * ```
 */
export function createNevermined({
  basePath = '',
  now = () => new Date(),
  newestTokenVersion = 3,
  defaultTokenVersion = 2,
  intercept,
}: NeverminedOptions = {}): Nevermined {
  const books = new Books(now);
  const tokens = new AccessTokens();
  const routes = new Hono();
  addPlanRoutes(routes, books);
  addX402Routes(routes, {
    books,
    tokens,
    facilitator: new Facilitator(books, tokens),
    versionOf: (asked) =>
      Math.min(asked ?? defaultTokenVersion, newestTokenVersion) === 3 ? 3 : 2,
  });
  const app = new Hono();
  app.route(`${basePath}/api/v1`, routes);
  app.notFound((c) =>
    c.json({ statusCode: 404, message: `Cannot ${c.req.method} ${c.req.path}` }, 404),
  );
  app.onError((error, c) => {
    if (error instanceof NeverminedError) return c.json(error.toJSON(), error.status);
    return c.json({ statusCode: 500, message: 'Internal server error' }, 500);
  });

  return {
    async fetch(request) {
      return (await intercept?.(request.clone())) ?? app.fetch(request);
    },
    register() {
      const address = randomHex(20);
      const account = { address, apiKey: apiKeyOf(address) };
      books.accounts.set(account.apiKey, account);
      return account;
    },
    addPlan: ({ address }, offer) => books.addPlan(address, offer).id,
    ledger: () => books.snapshot(),
  };
}

/**
 * A prefix and a JWT, which clients read without verification. The prefix is not one of Nevermined's: no client
 * sends such a key to the public service.
 */
function apiKeyOf(address: string): string {
  const part = (value: object) => toBase64Url(new TextEncoder().encode(JSON.stringify(value)));
  const claims = { sub: address, o11y: 'sandbox', jti: crypto.randomUUID() };
  const signature = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  return `local:${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.${signature}`;
}
