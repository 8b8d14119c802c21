import { Server } from 'node:http';
import { serve } from '@hono/node-server';

type Handler = (request: Request) => Promise<Response> | Response;

/** Serves the handler that is made for its address, on a free port of this machine. */
export async function serveOnPort(path: string, create: (url: string, origin: string) => Handler) {
  let handle: Handler | undefined;
  const server = serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) => handle?.(request) ?? new Response(null, { status: 503 }),
  });
  if (!(server instanceof Server)) throw new Error('no server of HTTP/1');
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const origin = `http://127.0.0.1:${address.port}`;
  const url = `${origin}${path}`;
  handle = create(url, origin);
  return { url, origin, server, close: () => closed(server) };
}

export async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
