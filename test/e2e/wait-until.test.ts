import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, test, type ExpectStatic } from 'vitest';
import { serveSandbox, type ServedSandbox } from '../../src/sandbox/serve-sandbox';
import type { WorkerJob } from './wait-until/worker';

/** The streamer takes about 60 of these for an answer. */
const agentDelayMs = 10;

let miniflare: Miniflare | undefined;
let workerUrl: URL;

beforeAll(async () => {
  miniflare = new Miniflare({
    modules: true,
    script: await bundledWorker(),
    compatibilityDate: '2026-01-01',
  });
  workerUrl = await miniflare.ready;
});

afterAll(() => miniflare?.dispose());

describe.concurrent('in workerd, with waitUntil', () => {
  test('a streamed answer is settled after its last piece', async ({ expect }) => {
    await using sandbox = await startSandbox();
    const response = await run(sandbox, { waits: true, does: 'streams the answer' });
    expect(await response.text()).toContain('last piece has been delivered');
    await expectSettled(sandbox, expect);
  });

  test('a reader that leaves stops neither the agent nor the settlement', async ({ expect }) => {
    await using sandbox = await startSandbox();
    const response = await run(sandbox, { waits: true, does: 'leaves' });
    expect(await response.text()).toBe('You ');
    expect(statuses(sandbox)).toEqual(['held']);
    await expectSettled(sandbox, expect);
  });

  test('a stream that nobody reads is settled after the response', async ({ expect }) => {
    await using sandbox = await startSandbox();
    const response = await run(sandbox, { waits: true, does: 'reads nothing' });
    expect(await response.text()).toBe('begun');
    expect(statuses(sandbox)).toEqual(['held']);
    await expectSettled(sandbox, expect);
  });
});

describe.concurrent('in workerd, without waitUntil', () => {
  test('a streamed answer ends after its settlement', async ({ expect }) => {
    await using sandbox = await startSandbox();
    const response = await run(sandbox, { waits: false, does: 'streams the answer' });
    await response.text();
    expect(statuses(sandbox)).toEqual(['released']);
  });

  for (const does of ['leaves', 'reads nothing'] as const) {
    test(`when the worker ${does}, it ends with its response: the hold stays until it lapses`, async ({
      expect,
    }) => {
      await using sandbox = await startSandbox();
      await (await run(sandbox, { waits: false, does })).text();
      // Long after the agent is done.
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect(statuses(sandbox)).toEqual(['held']);
      sandbox.lapse();
      expect(statuses(sandbox)).toEqual(['expired']);
    });
  }
});

async function startSandbox() {
  let aheadMs = 0;
  const sandbox = await serveSandbox({
    agentDelayMs,
    now: () => new Date(Date.now() + aheadMs),
  });
  const lapse = () => {
    aheadMs = 2 * 3_600_000;
  };
  return { ...sandbox, lapse, [Symbol.asyncDispose]: sandbox.close };
}

function run(
  { agents, exchangeUrl, payer }: ServedSandbox,
  how: Pick<WorkerJob, 'waits' | 'does'>,
): Promise<Response> {
  const agentUrl = agents.streamer.url;
  const job: WorkerJob = { ...how, exchangeUrl, apiKey: payer.apiKey, agentUrl };
  return fetch(workerUrl, { method: 'POST', body: JSON.stringify(job) });
}

/** @param expect the test's own: tests that run at once do not know each other's polls. */
async function expectSettled(sandbox: ServedSandbox, expect: ExpectStatic): Promise<void> {
  await expect.poll(() => statuses(sandbox), { timeout: 10_000 }).toEqual(['released']);
}

function statuses(sandbox: ServedSandbox): string[] {
  return sandbox.ledger().escrows.map(({ status }) => status);
}

/** As an edge deployment bundles: a `node:` import fails the build. */
async function bundledWorker(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('wait-until/worker.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)),
    logLevel: 'silent',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('No bundle.');
  return output.text;
}
