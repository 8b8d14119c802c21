import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What somebody else wrote, pinned in a folder of its own, and installed outside of this project. */
export interface InstallablePeer {
  name: string;
  runtime: 'python' | 'node';
  /** Its folder here, with what is pinned. */
  folder: string;
  /** The file that says what is to be installed; its hash is a part of `home`. */
  pins: string;
  /** Where its environment is, or will be. */
  home: string;
}

const pinFiles = { python: 'requirements.txt', node: 'package-lock.json' };

/** All that can be installed, by name. */
export function installablePeers(): InstallablePeer[] {
  return (['python', 'node'] as const).flatMap((runtime) => {
    const root = fileURLToPath(new URL(`${runtime}/`, import.meta.url));
    const folders = existsSync(root) ? readdirSync(root).sort() : [];
    return folders.flatMap((name) => {
      const folder = join(root, name);
      const pins = join(folder, pinFiles[runtime]);
      if (!existsSync(pins)) return [];
      const hash = createHash('sha256').update(readFileSync(pins)).digest('hex').slice(0, 12);
      return [{ name, runtime, folder, pins, home: join(cacheOfPeers(), `${name}-${hash}`) }];
    });
  });
}

export function installablePeer(name: string): InstallablePeer {
  const found = installablePeers().find((peer) => peer.name === name);
  if (found === undefined) throw new Error(`There is no peer "${name}" below test/peers.`);
  return found;
}

/** The mark is written last, so that half an environment is none. */
export function markOf({ home }: InstallablePeer): string {
  return join(home, '.ready');
}

/** Whether it is there. Says what to do where it is not. */
export function isInstalled(name: string): boolean {
  const isThere = existsSync(markOf(installablePeer(name)));
  if (!isThere) {
    console.warn(`Skipped: ${name} is not installed. npm run peers:install ${name}`);
  }
  return isThere;
}

/** The version that is pinned of one of its packages. */
export function versionOf(name: string, packageName: string): string {
  const { pins, runtime } = installablePeer(name);
  const text = readFileSync(pins, 'utf8');
  const version: unknown =
    runtime === 'python'
      ? text
          .split('\n')
          .find((line) => line.startsWith(`${packageName}==`))
          ?.split('==')[1]
          ?.trim()
      : JSON.parse(text).packages[`node_modules/${packageName}`]?.version;
  if (typeof version !== 'string') throw new Error(`${pins} has no ${packageName}.`);
  return version;
}

/** Outside of the project, and shared by its checkouts. */
export function cacheOfPeers(): string {
  const own = process.env['A2A_PEERS_DIR'];
  if (own !== undefined && own !== '') return own;
  const shared = process.env['XDG_CACHE_HOME'];
  const base = shared === undefined || shared === '' ? join(homedir(), '.cache') : shared;
  return join(base, 'ai-sdk-a2a-settlement', 'peers');
}
