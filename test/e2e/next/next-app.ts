import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const fixture = fileURLToPath(new URL('app-fixture', import.meta.url));
const nextBin = fileURLToPath(new URL('../../../node_modules/next/dist/bin/next', import.meta.url));

/** The fixture app, built. */
export interface NextApp {
  /** Starts a production server of it. Default: on a free port. */
  start: (env: Record<string, string>, at?: { port: number }) => Promise<NextServer>;
  /** Removes what was built. */
  remove: () => Promise<void>;
}

interface NextServer {
  url: string;
  /** What the server has printed so far. */
  output: () => string;
  stop: () => Promise<void>;
}

export async function buildNextApp(): Promise<NextApp> {
  // A folder of its own for every run, so that two runs cannot disturb each other.
  await mkdir(join(fixture, '.next'), { recursive: true });
  const folder = await mkdtemp(join(fixture, '.next', 'run-'));
  const distDir = { NEXT_CHAT_DIST_DIR: `.next/${basename(folder)}` };
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });

  const build = next(['build'], distDir);
  const [code] = await once(build.child, 'close');
  if (code !== 0) {
    await remove();
    throw new Error(`next build ended with code ${code}:\n${build.output()}`);
  }

  return {
    start: async (env, { port } = { port: 0 }) => {
      const server = next(['start', '--port', `${port}`, '--hostname', '127.0.0.1'], {
        ...distDir,
        ...env,
      });
      return { url: await announcedUrl(server), output: server.output, stop: () => stop(server) };
    },
    remove,
  };
}

interface NextProcess {
  child: ChildProcess;
  output: () => string;
}

function next(args: string[], env: Record<string, string>): NextProcess {
  const child = spawn(process.execPath, [nextBin, ...args], {
    cwd: fixture,
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
