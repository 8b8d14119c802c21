import { randomBytes } from 'node:crypto';
import { serve } from '@hono/node-server';
import { createDashboard } from './create-dashboard';
import type { DashboardSource } from './dashboard-source';

/**
 * Serves the dashboard on this machine only.
 *
 * Rejects if the port is not available.
 */
export async function serveDashboard(
  source: DashboardSource,
  { port: wanted = 0 }: { port?: number | undefined } = {},
): Promise<{ url: string; close: () => Promise<void> }> {
  const token = randomBytes(16).toString('hex');
  let dashboard: ReturnType<typeof createDashboard> | undefined;
  const server = serve({
    port: wanted,
    hostname: '127.0.0.1',
    // The process may be an application's: its own Request and Response stay.
    overrideGlobalObjects: false,
    fetch: (request) => dashboard?.handle(request) ?? new Response(null, { status: 503 }),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('No port.'));
      else resolve(address.port);
    });
  });
  dashboard = createDashboard({ source, token, port });
  return {
    url: `http://127.0.0.1:${port}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
