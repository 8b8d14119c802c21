import { execFile } from 'node:child_process';
import { copyFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { behaviours } from '../behaviours';
import { installablePeer } from '../installed-peers';
import { type PeerProcess, startPeerProcess } from '../peer-process';

/** Starts the server of a Node peer that is installed: ask `isInstalled` first. */
export function startNodeServer(name: string, settings: object = {}): Promise<PeerProcess> {
  const { folder, home } = installablePeer(name);
  // Node looks for packages from where a script is.
  copy(join(dirname(folder), 'scripted-server.mjs'), home);
  const script = copy(join(folder, 'server.mjs'), home);
  return startPeerProcess(
    process.execPath,
    ['--no-warnings', script, JSON.stringify({ behaviours, ...settings })],
    { name, cwd: home },
  );
}

/** Runs `client.mjs` of a peer to its end: what its last line says, in JSON. */
export async function runNodeClient(name: string, settings: object): Promise<unknown> {
  const { folder, home } = installablePeer(name);
  const args = ['--no-warnings', copy(join(folder, 'client.mjs'), home), JSON.stringify(settings)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: home });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

/** Whole at once: another test may read it now. */
function copy(file: string, home: string): string {
  const target = join(home, basename(file));
  const draft = `${target}.${process.pid}`;
  copyFileSync(file, draft);
  renameSync(draft, target);
  return target;
}
