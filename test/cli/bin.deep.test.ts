import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url));

it('serves until SIGTERM and exits with 0', async () => {
  const child = start(['sandbox', '--json']);
  const [line] = await once(child.stdout, 'data');
  expect(JSON.parse(String(line))).toMatchObject({ agents: { streamer: {} }, payer: {} });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('exits with 2 on wrong usage', async () => {
  expect(await once(start(['nonsense']), 'exit')).toEqual([2, null]);
});

it('ends when the reader of its output has enough', async () => {
  const child = start(['sandbox', '--help']);
  child.stdout.destroy();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

function start(args: string[]) {
  return spawn(process.execPath, ['--import', 'tsx', bin, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
