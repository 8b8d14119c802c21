import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installablePeer } from '../../peers/installed-peers';
import { bundle, type Runtime } from './runtimes';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** Runtimes that `npm run peers:install` installs. Each serves the tests' entry in a process of its own. */
export const installedRuntimes: Record<'bun' | 'deno', () => Promise<Runtime>> = {
  bun: () => serve('bun', (file, port) => ({ args: [file], env: { BUN_PORT: port } })),

  deno: () =>
    serve('deno', (file, port) => ({
      // `ai` asks for the system's name.
      args: ['serve', '--allow-net', '--allow-env', '--allow-sys', '--port', port, file],
    })),
};

async function serve(
  name: 'bun' | 'deno',
  commandOf: (file: string, port: string) => { args: string[]; env?: Record<string, string> },
): Promise<Runtime> {
  // Packages are found from where a file is, with the conditions of the runtime.
  const parent = join(repository, 'node_modules', '.cache');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, `${name}-`));
  const file = join(folder, 'worker.mjs');
  await writeFile(file, await bundle('worker.ts', { format: 'esm', packages: 'external' }));

  const port = await freePort();
  const { args, env } = commandOf(file, String(port));
  const command = join(installablePeer(name).home, 'node_modules', '.bin', name);
  const child = spawn(command, args, { cwd: folder, env: { ...process.env, ...env } });
  const ended = once(child, 'close');
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (data) => (said = `${said}${String(data)}`.slice(-8000)));
  }
  const url = `http://127.0.0.1:${port}/`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`${name} ended:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    async perform(job) {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(job) });
      const text = await response.text();
      if (!response.ok) throw new Error(`${text}\n${said}`);
      return JSON.parse(text);
    },
    async close() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url, { method: 'OPTIONS' })).body?.cancel();
    return true;
  } catch {
    return false;
  }
}
