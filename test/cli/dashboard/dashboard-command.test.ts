import { generateText, wrapLanguageModel } from 'ai';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/run-cli';
import { createA2A, createSettlement, exchangeRail } from '../../../src/index';
import { createSandbox } from '../../../src/sandbox';
import { SettlementJournal } from '../../../src/settlement/state/settlement-journal';
import { receiptStore } from '../../../src/stores';
import { paid } from './records';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
});
afterEach(() => rm(folder, { recursive: true }));

const sandbox = createSandbox();
const env = {
  A2A_EXCHANGE_URL: sandbox.exchangeUrl,
  A2A_PAYER_API_KEY: sandbox.payer.apiKey,
};

it('listens on this machine only', async () => {
  const { stop, stdout } = await start([], env);
  const url = /http:\S+/.exec(stdout)?.[0] ?? '';
  expect((await fetch(url)).status).toBe(200);
  // An address of this machine that is not the one of the URL. Listening on all of them would answer.
  await expect(fetch(url.replace('127.0.0.1', '127.0.0.2'))).rejects.toThrow('fetch failed');
  await stop();
});

it('shows the balance of the exchange, and says how to see more', async () => {
  const { stop, stdout, view } = await start([], env);
  expect(stdout).toMatch(
    /^Dashboard: http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/\nStop it with Ctrl\+C\.\n$/,
  );
  const shown = await view();
  expect(shown).toMatchObject({
    source: sandbox.exchangeUrl,
    balances: [{ available: '1000', held: '0', currency: 'ATE' }],
    underWay: { total: 0 },
    hints: [
      { how: expect.stringContaining('--receipts DIR') },
      { how: expect.stringContaining('--journal DIR') },
    ],
    problems: [],
  });
  expect(shown).not.toHaveProperty('reconcile');
  expect(JSON.stringify(shown)).not.toContain(sandbox.payer.apiKey);
  await stop();
});

it('names the accounts of agents as the exchange does', async () => {
  const own = createSandbox({ agentDelayMs: 0 });
  const { accountId } = own.agents.slow;
  const rail = exchangeRail({
    exchangeUrl: own.exchangeUrl,
    apiKey: own.payer.apiKey,
    fetch: own.fetch,
  });
  const model = wrapLanguageModel({
    model: createA2A({ fetch: own.fetch })(own.agents.slow.url),
    middleware: createSettlement({ rail }).middleware,
  });
  await generateText({ model, prompt: 'Compare the prices of ten shops' });
  const asked: string[] = [];
  const { stop, view } = await start(
    [],
    { ...env, A2A_PAYER_API_KEY: own.payer.apiKey },
    (...of) => {
      asked.push(new URL(new Request(...of).url).pathname);
      return own.fetch(...of);
    },
  );
  for (const _ of [1, 2]) {
    expect(await view()).toMatchObject({
      names: { [accountId]: 'sandbox-slow' },
      timeline: { stories: [{ agent: accountId, payee: accountId, name: 'sandbox-slow' }] },
      problems: [],
    });
  }
  expect(asked.filter((path) => path.startsWith('/v1/accounts/'))).toEqual([
    `/v1/accounts/${accountId}`,
  ]);
  await stop();
});

it('reads a folder of receipts without an exchange', async () => {
  const receipts = receiptStore({ storage: createStorage({ driver: fsDriver({ base: folder }) }) });
  const at = new Date().toISOString();
  for (const record of paid({ heldAt: at, at, labels: { team: 'search' } })) {
    await receipts.append(record);
  }
  const { stop, view } = await start(['--receipts', folder]);
  const shown = await view();
  expect(shown).toMatchObject({
    spend: { totals: [{ spent: '11' }], byLabel: [{ group: { 'label:team': 'search' } }] },
    hints: [{ missing: 'Balances and holds under way' }, { missing: 'The button that reconciles' }],
  });
  expect(shown).not.toHaveProperty('balances');
  await stop();
});

it('shows what the journal of a folder has, and reconciles with it', async () => {
  const journal = new SettlementJournal(createStorage({ driver: fsDriver({ base: folder }) }));
  await journal.put({
    type: 'lost',
    agent: 'https://agent.example.com/',
    at: Date.now(),
    request: { taskId: 'aisdk-lost', payee: 'payee-1', amount: 25, ttlMinutes: 60 },
  });
  const { stop, url, view } = await start(['--receipts', folder, '--journal', folder], env);
  expect(await view()).toMatchObject({
    reconcile: { isRunning: false },
    unresolved: {
      holds: [{ why: 'lost', agent: 'https://agent.example.com/', total: '25' }],
      total: 1,
    },
    hints: [],
  });
  // The request may still arrive, so the entry stays.
  await fetch(`${url}reconcile`, { method: 'POST' });
  expect(await view()).toMatchObject({
    reconcile: { isRunning: false, last: { settled: 0, open: 0, unresolved: 1 } },
    unresolved: { total: 1 },
  });
  await stop();
});

it('reads what a module exports', async () => {
  const file = join(folder, 'dashboard.mjs');
  await writeFile(
    file,
    `const settlement = {
      balance: async () => ({ balances: [{ rail: 'x402', available: '0.25', currency: 'USDC', decimals: 6 }], failed: [] }),
      holds: async () => ({ holds: [], failed: [] }),
      reconcile: async () => ({ settled: [], open: [], unresolved: [] }),
    };
    export default { settlement };`,
  );
  const { stop, view } = await start(['--config', file]);
  expect(await view()).toMatchObject({ balances: [{ available: '0.25', currency: 'USDC' }] });
  await stop();
});

it('is for this machine only', async () => {
  const { port, stop, url } = await start([], env);
  const { pathname } = new URL(url);
  const status = (host: string) =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: pathname, headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  expect(await status(`127.0.0.1:${port}`)).toBe(200);
  // A name of another site that now points to this machine.
  expect(await status(`evil.example.com:${port}`)).toBe(403);
  await stop();
});

describe('says what is wrong', () => {
  it.each([
    { args: [], message: 'No exchange: give --exchange URL or set A2A_EXCHANGE_URL' },
    { args: ['--exchange', 'https://x.example.com'], message: 'No API key: set A2A_PAYER_API_KEY' },
    { args: ['--port', '99999'], message: '--port must be a whole number up to 65535.' },
    { args: ['--receipts', '/nowhere'], message: '/nowhere is not a folder.' },
    { args: ['--config', '/nowhere.mjs'], message: '/nowhere.mjs could not be loaded' },
    { args: ['--config', 'x', '--receipts', 'y'], message: '--config names everything' },
  ])('about $args', async ({ args, message }) => {
    const { code, stderr } = await run(args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it.each([
    { text: 'export const x = 1;', message: 'must export settlement, receipts, or both.' },
    {
      text: 'export const settlement = {};',
      message: '`settlement` must be what createSettlement() returned.',
    },
    {
      text: 'export const receipts = [];',
      message: '`receipts` must be what receiptStore() returned.',
    },
    { text: 'export default 1;', message: 'It must export settlement, receipts, or both.' },
  ])('about a module: $text', async ({ message, text }) => {
    await mkdir(join(folder, 'modules'), { recursive: true });
    const file = join(folder, 'modules', `${crypto.randomUUID()}.mjs`);
    await writeFile(file, text);
    const { code, stderr } = await run(['--config', file]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('about a port that is taken', async () => {
    const { port, stop } = await start([], env);
    const { code, stderr } = await run(['--port', String(port)], env);
    expect([code, stderr]).toEqual([
      1,
      `a2a-settlement: Port ${port} is taken (EADDRINUSE). Choose another with --port N.\n`,
    ]);
    await stop();
  });
});

/** Starts the command, and returns what it printed. */
async function start(args: string[], env: Record<string, string> = {}, fetch = sandbox.fetch) {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const output = { stdout: '', stderr: '' };
  const code = runCli(['dashboard', ...args], {
    env,
    fetch,
    stdout: { write: (text) => (output.stdout += text) },
    stderr: { write: (text) => (output.stderr += text) },
    untilStopped: () => stopped,
  });
  await expect.poll(() => output.stdout + output.stderr).toMatch(/\n$/);
  expect(output.stderr).toBe('');
  const [url = ''] = /http\S+/.exec(output.stdout) ?? [];
  return {
    stdout: output.stdout,
    url,
    port: Number(new URL(url).port),
    view: async () => (await globalThis.fetch(`${url}view.json`)).json(),
    async stop() {
      resolve();
      expect(await code).toBe(0);
    },
  };
}

async function run(args: string[], env: Record<string, string> = {}) {
  let stderr = '';
  const code = await runCli(['dashboard', ...args], {
    env,
    fetch: sandbox.fetch,
    stdout: { write: () => {} },
    stderr: { write: (text) => (stderr += text) },
    untilStopped: async () => {},
  });
  return { code, stderr };
}
