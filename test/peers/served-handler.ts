import { Server } from 'node:http';
import { serve } from '@hono/node-server';

/** An agent of ours on loopback, for clients that others wrote. */
export interface ServedHandler {
  /** With a slash at its end. */
  url: string;
  /** A POST here lets work go on that waits to be told. */
  goOnUrl: string;
  server: Server;
  close: () => Promise<void>;
}

/** Serves the handler that is made for the address. */
export async function serveHandler(
  path: string,
  create: (url: string) => (request: Request) => Promise<Response>,
  goOn: () => void,
): Promise<ServedHandler> {
  let handle: ((request: Request) => Promise<Response>) | undefined;
  const server = serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      if (new URL(request.url).pathname !== '/go-on') {
        return handle?.(request) ?? new Response(null, { status: 503 });
      }
      goOn();
      return new Response(null, { status: 204 });
    },
  });
  if (!(server instanceof Server)) throw new Error('no server of HTTP/1');
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const origin = `http://127.0.0.1:${address.port}`;
  const url = `${origin}${path}`;
  handle = create(url);
  return {
    url,
    goOnUrl: `${origin}/go-on`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
