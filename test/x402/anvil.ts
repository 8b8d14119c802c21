import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';

/** Its own package for each platform: what the package without a platform has is a wrapper in Node. */
const binary = findBinary();

export const hasAnvil =
  binary !== undefined && spawnSync(binary, ['--version'], { timeout: 60_000 }).status === 0;

/** Says so where the tests of a chain do not run. */
export function warnWithoutAnvil(what: string): void {
  if (!hasAnvil)
    console.warn(`SKIPPED: ${what}. The binary of @foundry-rs/anvil does not run here.`);
}

/** An empty chain in memory, on a free port, with ten rich accounts. */
export async function startAnvil(
  chainId: number,
): Promise<{ url: string; stop: () => Promise<void> }> {
  if (binary === undefined) throw new Error('There is no anvil for this platform.');
  const args = ['--host', '127.0.0.1', '--port', '0', '--chain-id', `${chainId}`];
  const anvil = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const port = await new Promise<string>((resolve, reject) => {
    anvil.stdout.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      const listening = /Listening on 127\.0\.0\.1:(\d+)/.exec(output);
      if (listening?.[1] !== undefined) resolve(listening[1]);
    });
    anvil.once('error', reject);
    anvil.once('exit', () => reject(new Error(`anvil ended:\n${output}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const exited = once(anvil, 'exit');
      anvil.kill('SIGKILL');
      await exited;
    },
  };
}

function findBinary(): string | undefined {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`@foundry-rs/anvil-${platform}/bin/anvil`);
  } catch {
    return undefined;
  }
}
