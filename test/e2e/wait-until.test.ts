import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serveSandbox, type ServedSandbox } from '../../src/sandbox/serve-sandbox';
import { holdAgents } from '../sandbox/hold-agents';
import type { WorkerJob } from './wait-until/worker';
import { bundledWorker } from '../bundled-worker';

let miniflare: Miniflare | undefined;
let workerUrl: URL;

beforeAll(async () => {
  miniflare = new Miniflare({
    modules: true,
    script: await bundledWorker(new URL('wait-until/worker.ts', import.meta.url)),
    compatibilityDate: '2026-01-01',
  });
  workerUrl = await miniflare.ready;
});

afterAll(() => miniflare?.dispose());

/** The agents say their first words, and go on when this is called. */
let goOn: () => void;
beforeEach(() => {
  goOn = holdAgents('Hello', 3);
});

describe('in workerd, with waitUntil', () => {
  test('a streamed answer is settled after its last piece', async () => {
    await using sandbox = await startSandbox();
    const response = await run(sandbox, { waits: true, does: 'streams the answer' });
    goOn();
    expect(await response.text()).toContain('last piece has been delivered');
    await expectSettled(sandbox);
  });

  test('a reader that leaves stops neither the agent nor the settlement', async () => {
    await using sandbox = await startSandbox();
    const response = await run(sandbox, { waits: true, does: 'leaves' });
    expect(await response.text()).toBe('You ');
    expect(statuses(sandbox)).toEqual(['held']);
    goOn();
    await expectSettled(sandbox);
  });

  test('a stream that nobody reads is settled after the response', async () => {
    await using sandbox = await startSandbox();
    const response = await run(sandbox, { waits: true, does: 'reads nothing' });
    expect(await response.text()).toBe('begun');
    expect(statuses(sandbox)).toEqual(['held']);
    goOn();
    await expectSettled(sandbox);
  });
});

describe('in workerd, without waitUntil', () => {
  test('a streamed answer ends after its settlement', async () => {
    await using sandbox = await startSandbox();
    const response = await run(sandbox, { waits: false, does: 'streams the answer' });
    goOn();
    await response.text();
    expect(statuses(sandbox)).toEqual(['released']);
  });

  for (const does of ['leaves', 'reads nothing'] as const) {
    test(`when the worker ${does}, it ends with its response: the hold stays until it lapses`, async () => {
      await using sandbox = await startSandbox();
      await (await run(sandbox, { waits: false, does })).text();
      goOn();
      await expect.poll(() => statesOf(sandbox)).toEqual(['TASK_STATE_COMPLETED']);
      // Time for a settlement that should not come: that the machine is busy lets it go unseen at worst.
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(statuses(sandbox)).toEqual(['held']);
      sandbox.lapse();
      expect(statuses(sandbox)).toEqual(['expired']);
    });
  }
});

async function startSandbox() {
  let aheadMs = 0;
  const sandbox = await serveSandbox({
    agentDelayMs: 1,
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

async function expectSettled(sandbox: ServedSandbox): Promise<void> {
  await expect.poll(() => statuses(sandbox)).toEqual(['released']);
}

/** Of the tasks of the streamer. */
async function statesOf({ agents }: ServedSandbox): Promise<unknown[]> {
  const response = await fetch(agents.streamer.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'A2A-Version': '1.0' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ListTasks', params: {} }),
  });
  const { result } = await response.json();
  return result.tasks.map((task: { status: { state: string } }) => task.status.state);
}

function statuses(sandbox: ServedSandbox): string[] {
  return sandbox.ledger().escrows.map(({ status }) => status);
}
