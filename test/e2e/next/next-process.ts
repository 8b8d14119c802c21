import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const nextBin = fileURLToPath(new URL('../../../node_modules/next/dist/bin/next', import.meta.url));

export interface NextServer {
  url: string;
  /** What the server has printed so far. */
  output: () => string;
  stop: () => Promise<void>;
}

/** Runs `next build` in a folder. Rejects with what it printed if it fails. */
export async function nextBuild(folder: string, env: Record<string, string>): Promise<void> {
  const build = next(['build'], folder, env);
  const [code] = await once(build.child, 'close');
  if (code !== 0) throw new Error(`next build ended with code ${code}:\n${build.output()}`);
}

/** Runs `next start` in a folder. Port 0 selects a free port. */
export async function nextStart(
  folder: string,
  env: Record<string, string>,
  port = 0,
): Promise<NextServer> {
  const server = next(['start', '--port', `${port}`, '--hostname', '127.0.0.1'], folder, env);
  return { url: await announcedUrl(server), output: server.output, stop: () => stop(server) };
}

interface NextProcess {
  child: ChildProcess;
  output: () => string;
}

function next(args: string[], folder: string, env: Record<string, string>): NextProcess {
  const child = spawn(process.execPath, [nextBin, ...args], {
    cwd: folder,
    // Not the whole environment: a test runner's NODE_ENV and flags are not for the app.
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return { child, output: () => output };
}

function announcedUrl({ child, output }: NextProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', () => {
      const url = /Local:\s+(http:\S+)[^]*Ready in/.exec(output())?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      reject(new Error(`next start ended with code ${code}:\n${output()}`));
    });
  });
}

async function stop({ child }: NextProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  // Not asked politely: Next would wait for requests that a test has left open.
  child.kill('SIGKILL');
  await closed;
}
