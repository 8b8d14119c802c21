import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A Python that has `payments-py` 1.18 with what its A2A server needs. CI names the one it installs. */
const python = process.env['PAYMENTS_PY'] ?? 'python3';

export const hasPaymentsPy =
  spawnSync(python, ['-c', 'import payments_py.a2a.server'], { stdio: 'ignore' }).status === 0;

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export interface PaymentsPyAgent {
  url: string;
  close: () => Promise<void>;
}

/** Nevermined's own A2A server, in Python. */
export async function startPaymentsPyAgent(settings: {
  backendUrl: string;
  apiKey: string;
  agentId: string;
  plans: { planId: string } | { planIds: string[] };
}): Promise<PaymentsPyAgent> {
  const server = run('agent.py', settings);
  const errors = collect(server);
  const lines = createInterface({ input: server.stdout ?? process.stdin });
  const first = await Promise.race([
    once(lines, 'line'),
    once(server, 'exit').then(() => {
      throw new Error(`payments-py ended:\n${errors()}`);
    }),
  ]);
  const { port } = JSON.parse(String(first[0]));
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    },
  };
}

/** Nevermined's own client, in Python: what it saw. */
export async function runPaymentsPyClient(
  settings: object,
  script = 'client.py',
): Promise<unknown> {
  const client = run(script, settings);
  const errors = collect(client);
  let output = '';
  client.stdout?.on('data', (data) => (output += String(data)));
  const [code] = await once(client, 'close');
  if (code !== 0) throw new Error(`payments-py ended with ${code}:\n${errors()}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

function run(name: string, settings: object): ChildProcess {
  return spawn(python, ['-W', 'ignore', script(name), JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function collect({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.on('data', (data) => (text += String(data)));
  return () => text.slice(-4000);
}
