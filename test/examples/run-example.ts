import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Runs a file of `examples/` as `npx tsx` does, and reads what it prints. */
export async function runExample(
  file: string,
  env: Record<string, string> = {},
): Promise<{ exitCode: unknown; stdout: string; stderr: string; pieces: number }> {
  const path = fileURLToPath(new URL(`../../examples/${file}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let pieces = 0;
  child.stdout.on('data', () => {
    pieces += 1;
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { exitCode, stdout, stderr, pieces };
}
