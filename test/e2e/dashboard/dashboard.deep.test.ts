import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateText, type ModelMessage, wrapLanguageModel } from 'ai';
import type { Browser } from 'playwright-core';
import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs-lite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createA2A, createSettlement, exchangeRail } from '../../../src';
import type { DemoAgentName } from '../../../src/sandbox';
import { type ServedSandbox, serveSandbox } from '../../../src/sandbox/serve-sandbox';
import { receiptStore } from '../../../src/stores';
import { launchChromium, noChromium } from '../next/chromium';
import { comparable, countsOf, expectConsistent, statusOf } from './compare-numbers';
import { expectedNumbers, show, type Teams } from './expected-numbers';
import { addHistory } from './history';
import { openDashboard } from './open-dashboard';
import { readPage } from './read-page';
import { takeScreenshots } from './screenshots';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

if (noChromium !== undefined) {
  console.warn(`SKIPPED: the end-to-end test of the dashboard in a browser, ${noChromium}`);
}

describe.skipIf(noChromium !== undefined)('a2a-settlement dashboard', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it('shows every number of the ledger, while 200 generations settle, fail and ask back', async () => {
    const { env, folder, sandbox, settlement } = await start();
    const teams: Teams = new Map();
    const aborts = new Map<string, AbortController>();
    settlement.on('held', ({ labels = {}, receipt }) => {
      teams.set(receipt.escrowId ?? '', labels['team'] ?? '');
      aborts.get(labels['call'] ?? '')?.abort();
    });

    const url = await openDashboard(['--receipts', folder, '--journal', folder], env);
    const { page, requests } = await openPage(`${url}?most=1000`);

    let generations = 0;
    const call = async (agent: DemoAgentName, labels: Record<string, string>) => {
      const model = wrapLanguageModel({
        model: createA2A()(sandbox.agents[agent].url),
        middleware: settlement.middleware,
      });
      const abort = aborts.get(labels['call'] ?? '');
      const generate = (messages: ModelMessage[]) => {
        generations += 1;
        return generateText({
          model,
          messages,
          maxRetries: 0,
          providerOptions: { settlement: { labels } },
          ...(abort !== undefined && { abortSignal: abort.signal }),
        });
      };
      const asked: ModelMessage[] = [{ role: 'user', content: 'A table for tonight, please' }];
      const answer = await generate(asked);
      return () =>
        generate([...asked, ...answer.response.messages, { role: 'user', content: 'Four' }]);
    };
    const kinds: ((labels: Record<string, string>) => Promise<unknown>)[] = [
      (labels) => call('streamer', labels),
      (labels) => expect(call('failing', labels)).rejects.toThrow(),
      (labels) => call('data', labels),
      async (labels) => (await call('asker', labels))(),
      (labels) => {
        aborts.set(labels['call'] ?? '', new AbortController());
        return expect(call('slow', labels)).rejects.toThrow();
      },
      (labels) => call('streamer', labels),
      // Asks back, and waits for an answer that does not come.
      (labels) => call('asker', labels),
      (labels) => expect(call('failing', labels)).rejects.toThrow(),
      (labels) => call('streamer', labels),
    ];
    const perform = async (index: number) => {
      const team = ['search', 'ads', ''][index % 3] ?? '';
      await kinds[index % kinds.length]?.({
        ...(team !== '' && { team }),
        call: `call-${index}`,
      });
    };
    const seen: number[] = [];
    const look = async () => {
      const shown = await readPage(page);
      expectConsistent(shown);
      const count = Number(shown.counts['all']);
      seen.push(count);
      return count;
    };
    for (let first = 0; first < 180; first += 36) {
      // Waves: however slow the machine is, the page is seen between them.
      const wave = inParallel(8, 36, (index) => perform(first + index));
      const progress = { isOver: false };
      void wave.finally(() => (progress.isOver = true)).catch(() => {});
      while (!progress.isOver) {
        await look();
        await page.waitForTimeout(250);
      }
      await wave;
      await expect.poll(look).toBe(sandbox.ledger().escrows.length);
    }
    expect(generations).toBe(200);
    // It never went back.
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
    expect(new Set(seen).size).toBeGreaterThanOrEqual(5);

    await expect
      .poll(async () => comparable(await readPage(page)))
      .toEqual(expectedNumbers(sandbox, teams));
    const { timeline } = await readPage(page);
    expect(countsOf(timeline.map(statusOf))).toEqual(
      countsOf(sandbox.ledger().escrows.map(({ status }) => status)),
    );
    expect(countsOf(timeline.map((row) => row.split(' ').slice(1).join(' ')))).toEqual(
      countsOf(sandbox.ledger().escrows.map(({ amount, fee }) => `${show(amount + fee)} ATE`)),
    );

    // Without the store of receipts, the exchange alone says the same.
    const plain = await openPage(`${await openDashboard([], env)}?most=1000`);
    const { bars: _bars, ...numbers } = expectedNumbers(sandbox, teams);
    await expect
      .poll(async () => {
        const { bars: _, ...shown } = comparable(await readPage(plain.page));
        return shown;
      })
      .toEqual(numbers);
    expect(await plain.page.locator('#hints').textContent()).toContain('--receipts DIR');
    expect(
      [...requests, ...plain.requests].filter((each) => !each.startsWith('http://127.0.0.1:')),
    ).toEqual([]);
  });

  it('reconciles what is unresolved, by a button, and keeps what is open and focused', async () => {
    let isBroken = false;
    const { env, folder, receipts, sandbox, settlement } = await start(async (input, init) => {
      const request = new Request(input, init);
      return isBroken && request.url.endsWith('/exchange/release')
        ? new Response('{}', { status: 503 })
        : fetch(request);
    });
    await addHistory(receipts);
    const model = (agent: DemoAgentName) =>
      wrapLanguageModel({
        model: createA2A()(sandbox.agents[agent].url),
        middleware: settlement.middleware,
      });
    const labels = { team: 'search', user: 'ada' };
    const ask = (agent: DemoAgentName) =>
      generateText({
        model: model(agent),
        prompt: 'A table for tonight, please',
        providerOptions: { settlement: { labels } },
      });
    await ask('streamer');
    await ask('asker');
    isBroken = true;
    const unresolved = new Promise((resolve) => settlement.on('unresolved', resolve));
    await ask('streamer');
    await unresolved;

    const config = join(folder, 'dashboard.mjs');
    Object.assign(globalThis, {
      dashboardOfTest: { settlement, receipts, journal: storageOf(folder) },
    });
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'dashboardOfTest'));
    await writeFile(
      config,
      'export const { settlement, receipts, journal } = globalThis.dashboardOfTest;\n',
    );
    const url = await openDashboard(['--config', config], env);
    const { page } = await openPage(`${url}?days=30`);

    await expect.poll(async () => (await readPage(page)).unresolved).toBe('1');
    await page.locator('#unresolved').getByText('not settled').waitFor();
    await takeScreenshots(browser, `${url}?days=30`);
    // The label of the largest column stands above the plot.
    const label = await page.locator('.chart .largest').first().boundingBox();
    const plot = await page.locator('.chart svg').first().boundingBox();
    expect((label?.y ?? 0) + (label?.height ?? 0)).toBeLessThanOrEqual(plot?.y ?? 0);

    // By keyboard: open a hold, then reconcile. The page is read again meanwhile.
    const first = page.locator('#timeline summary').first();
    await first.focus();
    await page.keyboard.press('Enter');
    await page.locator('#timeline details[open] .step').first().waitFor();
    isBroken = false;
    await page.getByRole('button', { name: 'Reconcile' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText(/Reconciled at .*: 1 settled, \d+ open, 0 unresolved\./).waitFor();
    await expect.poll(async () => (await readPage(page)).unresolved).toBe('0');
    expect(await page.locator('#timeline details[open]').count()).toBe(1);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('reconcile');
    expect(sandbox.ledger().escrows.map(({ status }) => status)).toEqual([
      'released',
      'held',
      'released',
    ]);

    // Filters are links, and the button a form: they work without the script, too.
    const plain = await openPage(`${url}?days=30`, { javaScriptEnabled: false });
    await plain.page.getByRole('button', { name: 'Reconcile' }).click();
    await plain.page.getByText(/Reconciled at .*: 0 settled, \d+ open, 0 unresolved\./).waitFor();
    await plain.page.getByRole('searchbox').fill('agents/asker');
    await plain.page.keyboard.press('Enter');
    await plain.page.waitForURL(/find=agents%2Fasker/);
    expect(await plain.page.locator('#timeline summary').count()).toBe(1);

    await page.locator('#spend .bars a', { hasText: 'search' }).first().click();
    await page.locator('#range .filter', { hasText: 'team: search' }).waitFor();
    expect(new URL(page.url()).search).toContain('label=team&value=search');
  });

  it('says that the command has stopped', async () => {
    const { env } = await start();
    const { page } = await openPage(await openDashboard([], env));
    await page.getByText(/^read at /).waitFor();
    await page.route('**/sections.json*', (route) => route.abort());
    await page.getByText('Not connected: does the command still run?').waitFor();
    await page.unroute('**/sections.json*');
    await page.getByText(/^read at /).waitFor();
  });

  /** A sandbox, and an application that keeps receipts and journal in a folder. */
  async function start(fetch?: typeof globalThis.fetch) {
    const sandbox = await serveSandbox({ agentDelayMs: 5, payerTokens: 10_000 });
    onTestFinished(() => sandbox.close());
    const folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const storage = storageOf(folder);
    const receipts = receiptStore({ storage });
    const settlement = createSettlement({
      rail: exchangeRail({
        exchangeUrl: sandbox.exchangeUrl,
        apiKey: sandbox.payer.apiKey,
        fetch,
      }),
      receipts,
      journal: { storage, writeAhead: true },
      retry: { attempts: 2, initialMs: 10, deadlineMs: 500 },
      limits: { perCall: 100 },
    });
    return { env: environmentOf(sandbox), folder, receipts, sandbox, settlement };
  }

  async function openPage(url: string, { javaScriptEnabled = true } = {}) {
    const context = await browser.newContext({
      javaScriptEnabled,
      viewport: { width: 1280, height: 900 },
    });
    onTestFinished(() => context.close());
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const problems: string[] = [];
    const requests: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) problems.push(message.text());
    });
    page.on('request', (request) => requests.push(request.url()));
    onTestFinished(() => expect(problems).toEqual([]));
    await page.goto(url);
    return { page, requests };
  }
});

function storageOf(folder: string) {
  return createStorage({ driver: fsDriver({ base: folder }) });
}

function environmentOf(sandbox: ServedSandbox) {
  return {
    A2A_EXCHANGE_URL: sandbox.exchangeUrl,
    A2A_PAYER_API_KEY: sandbox.payer.apiKey,
  };
}

async function inParallel(
  workers: number,
  count: number,
  run: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (next < count) await run(next++);
    }),
  );
}
