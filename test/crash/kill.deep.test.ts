import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveSandbox, type ServedSandbox } from '../../src/sandbox/serve-sandbox';
import type { CrashJob } from './crash-process';
import { startCrashProxy, type Stop } from './crash-proxy';
import {
  openStorage,
  startFiles,
  startRedis,
  type StorageAddress,
  type StorageServer,
} from './crash-storage';
import { holdAgents } from '../sandbox/hold-agents';
import { hasRedis } from '../stores/redis-server';

interface Death {
  agent: 'streamer' | 'failing';
  stop: Stop;
  /** Killed once the journal, which nothing waits for, has the task. */
  knowsTask?: true;
  /** How the hold ends. `unresolved`: held until it lapses, and named until then. */
  end: 'no hold' | 'released' | 'refunded' | 'unresolved';
}

const hold = /\/exchange\/escrow$/;
const message = /^\/agents\//;
const release = /\/exchange\/release$/;
const refund = /\/exchange\/refund$/;

const deaths: Record<string, Death> = {
  'before the hold': {
    agent: 'streamer',
    stop: { path: hold, at: 'request' },
    end: 'no hold',
  },
  'after the hold, its answer unread': {
    agent: 'streamer',
    stop: { path: hold, at: 'answer' },
    end: 'unresolved',
  },
  'after the hold, before the agent is called': {
    agent: 'streamer',
    stop: { path: message, at: 'request' },
    end: 'unresolved',
  },
  'mid-stream, and the agent completes': {
    agent: 'streamer',
    stop: { path: message, at: /artifactUpdate/ },
    knowsTask: true,
    end: 'released',
  },
  'mid-stream, and the agent fails': {
    agent: 'failing',
    stop: { path: message, at: /Opening the page/ },
    knowsTask: true,
    end: 'refunded',
  },
  'after the finish, before the release': {
    agent: 'streamer',
    stop: { path: release, at: 'request' },
    end: 'released',
  },
  'after the finish, before the refund': {
    agent: 'failing',
    stop: { path: refund, at: 'request' },
    end: 'refunded',
  },
  'during the release, its answer unread': {
    agent: 'streamer',
    stop: { path: release, at: 'answer' },
    end: 'released',
  },
  'during the refund, its answer unread': {
    agent: 'failing',
    stop: { path: refund, at: 'answer' },
    end: 'refunded',
  },
};

if (!hasRedis) {
  console.warn(
    'SKIPPED: kill -9 with a journal in Redis. There is no redis-server on this machine.',
  );
}

const journals: [name: string, start: () => Promise<StorageServer>, isThere: boolean][] = [
  ['files', startFiles, true],
  ['Redis', startRedis, hasRedis],
];

describe.each(journals)('kill -9, journal in %s', (_, start, isThere) => {
  let server: StorageServer | undefined;
  beforeAll(async () => {
    if (isThere) server = await start();
  });
  afterAll(() => server?.close());

  test.skipIf(!isThere).concurrent.each(Object.entries(deaths))('%s', async (_name, death) => {
    if (server === undefined) throw new Error('No storage.');
    const storage = await server.fresh();
    let aheadMs = 0;
    const sandbox = await serveSandbox({
      agentDelayMs: 40,
      now: () => new Date(Date.now() + aheadMs),
    });
    const proxy = await startCrashProxy(sandbox.origin, death.stop);
    const { accountId, price, url: agentUrl } = sandbox.agents[death.agent];
    const { exchangeUrl, payer } = sandbox;
    const prompt = `Hello, ${crypto.randomUUID()}`;
    const job = { exchangeUrl, apiKey: payer.apiKey, agentUrl, storage, prompt };
    // In its middle, for as long as it takes to find out.
    const goOn = holdAgents(prompt, death.end === 'released' && death.knowsTask ? 3 : Infinity);

    try {
      const victim = run({ ...job, task: 'generate', via: proxy.origin });
      await Promise.race([proxy.reached, victim.ended.then(neverReached)]);
      const task = death.knowsTask && (await journaledTask(storage));
      victim.kill();
      expect(await victim.ended).toEqual({ signal: 'SIGKILL', output: '' });

      if (task !== undefined) {
        // The agent goes on without its caller. While it does, nobody may decide for it.
        if (death.end === 'released') {
          expect(await reconcileHere(job)).toMatchObject({
            open: [{ agent: agentUrl }],
            settled: [],
          });
          expect(escrowsOf(sandbox)).toMatchObject([{ status: 'held' }]);
        }
        goOn();
        const model = createA2A().languageModel(agentUrl);
        const stateOf = async () => (await model.task(task)).finishReason.raw;
        await expect.poll(stateOf).toMatch(/ed$/);
      }

      const report = JSON.parse((await run({ ...job, task: 'reconcile' }).ended).output);

      const escrows = escrowsOf(sandbox);
      switch (death.end) {
        case 'no hold':
          expect(escrows).toEqual([]);
          expect(report).toEqual({ settled: [], open: [], unresolved: [] });
          break;
        case 'unresolved': {
          const [escrow] = escrows;
          expect(escrows).toMatchObject([{ status: 'held' }]);
          expect(report).toMatchObject({
            settled: [],
            open: [],
            unresolved: [{ escrowId: escrow?.id, receipt: { status: 'pending' } }],
          });
          expect(Date.parse(report.unresolved[0].receipt.expiresAt)).toBeGreaterThan(Date.now());
          aheadMs = 2 * 3_600_000;
          expect(escrowsOf(sandbox)).toMatchObject([{ status: 'expired' }]);
          break;
        }
        default:
          expect(escrows).toMatchObject([{ status: death.end, amount: price }]);
          expect(report).toMatchObject({
            settled: [{ agent: agentUrl, receipt: { status: death.end } }],
            open: [],
            unresolved: [],
          });
      }

      // Nothing is left to do, and doing it again does nothing.
      const before = sandbox.ledger();
      expect(await reconcileHere(job)).toMatchObject({ open: [], unresolved: [] });
      expect(await reconcileHere(job)).toEqual({ settled: [], open: [], unresolved: [] });
      expect(sandbox.ledger()).toEqual(before);
      expect(await entriesOf(storage)).toEqual([]);
      const isPaid = death.end === 'released';
      const fee = escrows[0]?.fee ?? 0;
      expect(balanceOf(sandbox, payer.accountId)).toEqual({
        available: isPaid ? 1000 - price - fee : 1000,
        held: 0,
      });
      expect(balanceOf(sandbox, accountId)).toEqual({ available: isPaid ? price : 0, held: 0 });
      expect(before.treasury).toBe(isPaid ? fee : 0);
    } finally {
      await proxy.close();
      await sandbox.close();
    }
  });
});

const script = fileURLToPath(new URL('crash-process.ts', import.meta.url));

/** A real process. */
function run(job: CrashJob) {
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    kill: () => child.kill('SIGKILL'),
    ended: once(child, 'close').then(([, signal]) => ({ signal, output })),
  };
}

function neverReached({ output }: { output: string }): never {
  throw new Error(`The process ended before its point of death: ${output}`);
}

/** One more machine with the same journal. */
async function reconcileHere({ apiKey, exchangeUrl, storage: address }: Omit<CrashJob, 'task'>) {
  const storage = openStorage(address);
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey }),
    journal: { storage },
  });
  const report = await settlement.reconcile({ provider: createA2A(), graceMs: 0 });
  await storage.dispose();
  return report;
}

/** The agent's task, as soon as the journal has it. */
async function journaledTask(address: StorageAddress): Promise<string> {
  let task: unknown;
  await expect
    .poll(async () => {
      // A hold has an entry for each of its stages, in no order.
      task = (await entriesOf(address))
        .map((entry) =>
          typeof entry === 'object' && entry !== null && 'task' in entry ? entry.task : undefined,
        )
        .find((found) => found !== undefined);
      return task;
    })
    .toBeTypeOf('string');
  return String(task);
}

/** All but which hold has paid a task, which is known for a day. */
async function entriesOf(address: StorageAddress): Promise<unknown[]> {
  const storage = openStorage(address);
  const keys = (await storage.getKeys()).filter((key) => !key.startsWith('a2a-paid:'));
  const entries = await Promise.all(keys.map((key) => storage.getItem(key)));
  await storage.dispose();
  return entries;
}

function escrowsOf(sandbox: ServedSandbox) {
  return sandbox.ledger().escrows;
}

function balanceOf(sandbox: ServedSandbox, accountId: string) {
  const { accounts } = sandbox.ledger();
  const { available, held } = accounts.find(({ id }) => id === accountId) ?? {};
  return { available, held };
}
