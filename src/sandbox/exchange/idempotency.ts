import type { Context, MiddlewareHandler } from 'hono';
import type { ExchangeEnv } from './request-id';
import { sha256 } from './sha256';

const KEPT_HOURS = 24;

interface StoredAnswer {
  requestHash: string;
  status: number;
  body: string;
  expiresAt: number;
}

/**
 * Processes a POST with an `Idempotency-Key` once, and repeats its response for 24 hours.
 *
 * A key is shared by the whole exchange, for all senders and paths; only successful responses are stored. While
 * a request with the key is in progress, another one is refused, so that a race cannot run an operation twice.
 */
export function idempotency({ now }: { now: () => Date }): MiddlewareHandler<ExchangeEnv> {
  const answers = new Map<string, StoredAnswer>();
  const running = new Set<string>();

  return async (c, next) => {
    const key = c.req.method === 'POST' ? c.req.header('idempotency-key') : undefined;
    if (!key) return next();

    if (running.has(key)) {
      return conflict(c, 'A request with this idempotency key is still in progress');
    }
    running.add(key);
    try {
      const requestHash = await sha256(await c.req.arrayBuffer());
      forget(answers, now().getTime());

      const earlier = answers.get(key);
      if (earlier !== undefined) {
        return earlier.requestHash === requestHash
          ? repeat(earlier)
          : conflict(c, 'Idempotency key reused with a different request body');
      }

      await next();
      if (c.res.ok) {
        const expiresAt = now().getTime() + KEPT_HOURS * 3_600_000;
        const body = await c.res.clone().text();
        answers.set(key, { requestHash, status: c.res.status, body, expiresAt });
      }
    } finally {
      running.delete(key);
    }
  };
}

function repeat({ body, status }: StoredAnswer): Response {
  return new Response(body, { status, headers: { 'content-type': 'application/json' } });
}

function conflict(c: Context<ExchangeEnv>, message: string): Response {
  const error = { code: 'IDEMPOTENCY_CONFLICT', message, request_id: c.get('requestId') };
  return c.json({ error }, 409);
}

// All responses are kept equally long, so the oldest come first.
function forget(answers: Map<string, StoredAnswer>, now: number): void {
  for (const [key, { expiresAt }] of answers) {
    if (expiresAt >= now) return;
    answers.delete(key);
  }
}
