import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { serveSandbox } from '../../src/sandbox/serve-sandbox';
import { endOf, ends, type EndName } from './ends';
import { startTimedAgent } from './timed-agent';
import type { TimedJob } from './timed-process';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(async () => {
  // Inside of the repository, where it finds its packages.
  folder = await mkdtemp(join(root, 'node_modules', '.timers-'));
  await build({
    entryPoints: [fileURLToPath(new URL('timed-process.ts', import.meta.url))],
    outfile: join(folder, 'timed-process.mjs'),
    bundle: true,
    packages: 'external',
    alias: { 'ai-sdk-a2a-settlement': join(root, 'src/index.ts') },
    format: 'esm',
    platform: 'node',
    target: 'node22',
    logLevel: 'silent',
  });
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

// Each of these waits for a process to end by itself: the time limit is for one that never does.
describe.each(Object.keys(ends) as EndName[])(
  'a call that %s',
  (end) => {
    test('leaves no timer, and lets its process end', async () => {
      const agent = await startTimedAgent();
      onTestFinished(() => agent.close());
      expect(await run({ end, agentUrl: agent.url })).toEqual({ code: 0, output: 'clean\n' });
      expect(agent.isCanceled()).toBe(endOf(end).cancels ?? end === 'is opened, and canceled');
    });

    test('leaves none when it is settled, which happens before the process ends', async () => {
      const agent = await startTimedAgent();
      onTestFinished(() => agent.close());
      const { agents, close, exchangeUrl, ledger, payer } = await serveSandbox();
      onTestFinished(close);
      const payee = agents.streamer.accountId;
      const exchange = { url: exchangeUrl, apiKey: payer.apiKey, payee };
      expect(await run({ end, agentUrl: agent.url, exchange })).toEqual({
        code: 0,
        output: 'clean\n',
      });
      const { escrow } = endOf(end);
      expect(ledger().escrows.map(({ status }) => status)).toEqual(
        escrow === 'none' ? [] : [escrow],
      );
    });
  },
  60_000,
);

async function run(job: TimedJob): Promise<{ code: unknown; output: string }> {
  const child = spawn(process.execPath, [join(folder, 'timed-process.mjs'), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { NODE_ENV: 'test', PATH: process.env['PATH'] },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const [code] = await once(child, 'close');
  return { code, output };
}
