import { serve } from '@hono/node-server';
import { createSandbox, type Sandbox, type SandboxOptions } from './create-sandbox';

export interface ServeSandboxOptions extends Omit<SandboxOptions, 'origin'> {
  /** 0 selects a free port. Default: 0. */
  port?: number | undefined;
  /** Default: `127.0.0.1`, this machine only. */
  hostname?: string | undefined;
}

/** The sandbox on a port. */
export interface ServedSandbox extends Omit<Sandbox, 'fetch' | 'handle' | 'close'> {
  origin: string;
  port: number;
  /** Stops the agents and the server, and closes open connections. */
  close: () => Promise<void>;
}

/**
 * Serves the sandbox over HTTP.
 *
 * Rejects if the port is not available.
 */
export async function serveSandbox({
  port: wantedPort = 0,
  hostname = '127.0.0.1',
  ...options
}: ServeSandboxOptions = {}): Promise<ServedSandbox> {
  let sandbox: Sandbox | undefined;
  const server = serve({
    port: wantedPort,
    hostname,
    // The process may be an application's: its own Request and Response stay.
    overrideGlobalObjects: false,
    fetch: (request) => sandbox?.handle(request) ?? new Response(null, { status: 503 }),
  });
  const port = await listening(server);

  // The cards contain their URL, so the agents are created when the port is known.
  const origin = `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
  const created = createSandbox({ ...options, origin });
  sandbox = created;

  return {
    origin,
    port,
    exchangeUrl: created.exchangeUrl,
    agents: created.agents,
    x402: created.x402,
    nevermined: created.nevermined,
    payer: created.payer,
    ledger: created.ledger,
    close: () => {
      created.close();
      return new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) {
          server.closeAllConnections();
        }
      });
    },
  };
}

function listening(server: ReturnType<typeof serve>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') {
        reject(new Error('The server listens on no port.'));
        return;
      }
      resolve(address.port);
    });
  });
}
