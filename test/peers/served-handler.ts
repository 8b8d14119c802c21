import type { Server } from 'node:http';
import { serveOnPort } from '../agent/serve-on-port';

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
  const { origin, ...served } = await serveOnPort(path, (url) => {
    const handle = create(url);
    return (request) => {
      if (new URL(request.url).pathname !== '/go-on') return handle(request);
      goOn();
      return new Response(null, { status: 204 });
    };
  });
  return { ...served, goOnUrl: `${origin}/go-on` };
}
