/** `npm run peers:install [names…]`: makes the environments that are missing, two at a time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheOfPeers, type InstallablePeer, installablePeers, markOf } from './installed-peers';

const minutes = 15;
/** Takes seconds where pip takes minutes. */
const uvVersion = '0.13.9';
const wanted = process.argv.slice(2);
const all = installablePeers();
const unknown = wanted.filter((name) => !all.some((peer) => peer.name === name));
const queue = all.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const failed: string[] = unknown.map((name) => `${name}: there is no such peer`);

const isMissing = queue.some((peer) => !existsSync(markOf(peer)) && peer.runtime === 'python');
const uv = isMissing ? await findUv() : undefined;
await Promise.all([work(), work()]);
for (const failure of failed) console.error(`NOT INSTALLED: ${failure}`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (let peer = queue.shift(); peer !== undefined; peer = queue.shift()) {
    if (existsSync(markOf(peer))) {
      console.log(`${peer.name} is there.`);
      continue;
    }
    const begun = Date.now();
    try {
      await install(peer);
      console.log(`${peer.name} was installed in ${Math.round((Date.now() - begun) / 1000)} s.`);
    } catch (error) {
      failed.push(`${peer.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Installed where the peers are; pip does its work where there is none. */
async function findUv(): Promise<string | undefined> {
  const home = join(cacheOfPeers(), `uv-${uvVersion}`);
  const uvCommand = join(home, 'bin', 'uv');
  if (existsSync(uvCommand)) return uvCommand;
  mkdirSync(home, { recursive: true });
  try {
    await run('python3', ['-m', 'venv', home], home);
    const python = join(home, 'bin', 'python');
    await run(python, ['-m', 'pip', 'install', '-q', '--no-input', `uv==${uvVersion}`], home);
    return uvCommand;
  } catch (error) {
    console.warn(`No uv, so pip does it: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

async function install(peer: InstallablePeer): Promise<void> {
  const { folder, home, pins, runtime } = peer;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  if (runtime === 'python') {
    await run('python3', ['-m', 'venv', home], home);
    const python = join(home, 'bin', 'python');
    // Pins are complete, so nothing is left to be resolved.
    const what = ['--no-deps', '-q', '-r', pins];
    if (uv !== undefined) {
      await run(uv, ['pip', 'install', '--native-tls', '--python', python, ...what], home);
    } else {
      await run(python, ['-m', 'pip', 'install', '--no-input', ...what], home);
    }
  } else {
    copyFileSync(join(folder, 'package.json'), join(home, 'package.json'));
    copyFileSync(pins, join(home, 'package-lock.json'));
    await run('npm', ['ci', '--no-audit', '--no-fund'], home);
  }
  writeFileSync(markOf(peer), '');
}

async function run(command: string, args: string[], cwd: string): Promise<void> {
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: minutes * 60_000,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.on('data', (data) => (said = `${said}${String(data)}`.slice(-2000)));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) {
    throw new Error(`${command} ${args[1]} ended with ${code ?? signal}:\n${said.trim()}`);
  }
}
