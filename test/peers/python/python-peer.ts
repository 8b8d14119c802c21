import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { behaviours } from '../behaviours';
import { installablePeer } from '../installed-peers';
import { type PeerProcess, startPeerProcess } from '../peer-process';

export interface PythonServerOptions {
  /** In the folder of the peer. Default `server.py`. */
  script?: string;
  /**
   * What its script reads as JSON from its first argument, beside `behaviours`, which are those of
   * behaviours.ts.
   */
  settings?: object;
  env?: Record<string, string>;
}

/** Starts the server of a peer that is installed: ask `isInstalled` first. */
export function startPythonServer(
  name: string,
  { env = {}, script = 'server.py', settings = {} }: PythonServerOptions = {},
): Promise<PeerProcess> {
  const { args, command } = commandOf(name, script, { behaviours, ...settings });
  return startPeerProcess(command, args, { name, env: { ...quiet, ...env } });
}

/** Runs a script of a peer to its end: what its last line says, in JSON. */
export async function runPythonScript(
  name: string,
  script: string,
  settings: object,
): Promise<unknown> {
  const { args, command } = commandOf(name, script, settings);
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...quiet },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (errors = `${errors}${String(data)}`.slice(-4000)));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${errors}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

function commandOf(name: string, script: string, settings: object) {
  const { folder, home } = installablePeer(name);
  return {
    command: join(home, 'bin', 'python'),
    args: ['-W', 'ignore', join(folder, script), JSON.stringify(settings)],
  };
}

const quiet = { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' };
