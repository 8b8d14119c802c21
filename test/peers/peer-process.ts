import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A server of somebody else's, in a process of its own. */
export interface PeerProcess {
  /** As it said itself, without a slash at its end. */
  url: string;
  /** The last of what it wrote to its standard error. */
  said: () => string;
  close: () => Promise<void>;
}

/** Waits for the line `READY http://…`. It ends with `close`, and when this process does. */
export async function startPeerProcess(
  command: string,
  args: string[],
  { cwd, env = {}, name }: { name: string; cwd?: string; env?: Record<string, string> },
): Promise<PeerProcess> {
  const child = spawn(command, args, {
    // It reads its standard input, whose end says that this process is gone.
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  let said = '';
  child.stderr.on('data', (data) => (said = `${said}${String(data)}`.slice(-8000)));
  child.stdin.on('error', () => {});
  const ended = once(child, 'close');
  const ready = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const url = /^READY (http:\/\/\S+)/.exec(line)?.[1];
    if (url !== undefined) ready.resolve(url.replace(/\/$/, ''));
    else said = `${said}${line}\n`.slice(-8000);
  });
  const url = await Promise.race([
    ready.promise,
    ended.then(() => {
      throw new Error(`${name} ended before it was ready:\n${said}`);
    }),
  ]);
  return {
    url,
    said: () => said,
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
