import { copyFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
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

/** Whole at once: another test may read it now. */
function copy(file: string, home: string): string {
  const target = join(home, basename(file));
  const draft = `${target}.${process.pid}`;
  copyFileSync(file, draft);
  renameSync(draft, target);
  return target;
}
