import type { MiddlewareHandler } from 'hono';

export interface ExchangeEnv {
  Variables: { requestId: string };
}

/** Echoes the client's `X-Request-Id`, or generates one. */
export const requestId: MiddlewareHandler<ExchangeEnv> = async (c, next) => {
  const id =
    c.req.header('x-request-id') || `req_${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`;
  c.set('requestId', id);
  await next();
  c.header('X-Request-Id', id);
};
