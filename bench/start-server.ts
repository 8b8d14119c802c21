import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What `server.ts` serves. */
export interface ServedBench {
  agentUrl: string;
  exchangeUrl: string;
  /** The payer's key on the exchange. */
  apiKey: string;
  /** The agent's account on the exchange. */
  payee: string;
}

export async function startServer(): Promise<ServedBench & { close: () => void }> {
  const script = fileURLToPath(new URL('server.ts', import.meta.url));
  const child = fork(script, { execArgv: ['--import', 'tsx'] });
  const [served] = await once(child, 'message');
  return { ...(served as ServedBench), close: () => child.disconnect() };
}
