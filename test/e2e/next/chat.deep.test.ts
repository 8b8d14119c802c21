import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFailed, onTestFinished } from 'vitest';
import type { DemoAgentName } from '../../../src/sandbox';
import { type ServedSandbox, serveSandbox } from '../../../src/sandbox/serve-sandbox';
import { holdAgents } from '../../sandbox/hold-agents';
import { type Books, booksOf, refundedOnce } from './books';
import { launchChromium, noChromium } from './chromium';
import { buildNextApp, type NextApp } from './next-app';

if (noChromium !== undefined) {
  console.warn(`SKIPPED: the end-to-end test of Next.js in a browser, ${noChromium}`);
}

describe.skipIf(noChromium !== undefined)('useChat, a Next.js route, a paid agent', () => {
  let app: NextApp;
  let browser: Browser;

  beforeAll(async () => {
    [app, browser] = await Promise.all([buildNextApp(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.remove();
  });

  it('streams an answer, holds while it streams, and shows the receipt', async () => {
    const { page, sandbox } = await openChat('streamer', { agentDelayMs: 20 });
    const goOn = holdAgents('What is on example.com?', 10);

    await ask(page, 'What is on example.com?');
    await answer(page, /^You asked: What is on example\.com\?/).waitFor();
    expect(await booksOf(sandbox)).toMatchObject({ escrows: ['held'], held: 11 });
    goOn();

    await answer(page, /when the last piece has been delivered\.$/).waitFor();
    await receipt(page, 'released10 ATE + 1 fee').waitFor();
    await expectBooks(sandbox, {
      escrows: ['released'],
      movements: ['escrow_hold 11', 'escrow_release 10', 'fee 1'],
      held: 0,
      spent: 11,
      treasury: 1,
      lost: 0,
    });
  });

  it('keeps one hold for a question of the agent and the turn that answers it', async () => {
    const { page, sandbox } = await openChat('asker', { agentDelayMs: 20 });

    const question = await ask(page, 'A table for tonight, please');
    await answer(page, 'For how many guests?').waitFor();
    await receipt(page, 'kept15 ATE + 1 fee').waitFor();
    await expectBooks(sandbox, {
      escrows: ['held'],
      movements: ['escrow_hold 16'],
      held: 16,
      spent: 0,
      treasury: 0,
      lost: 0,
    });

    const booking = await ask(page, 'Four');
    await answer(page, 'Your table is booked. Guests: Four.').waitFor();
    await receipt(page, 'released15 ATE + 1 fee').waitFor();
    await expectBooks(sandbox, {
      escrows: ['released'],
      movements: ['escrow_hold 16', 'escrow_release 15', 'fee 1'],
      held: 0,
      spent: 16,
      treasury: 1,
      lost: 0,
    });

    for (const response of [await question, await booking]) {
      expect(await response.text()).not.toContain(sandbox.payer.apiKey);
    }
  });

  it('gives the tokens back, once, when the user closes the tab', async () => {
    const { page, sandbox } = await openChat('streamer', { agentDelayMs: 20 });
    onTestFinished(holdAgents('Hello', 10));

    await ask(page, 'Hello');
    await answer(page, /^You asked/).waitFor();
    expect(await booksOf(sandbox)).toMatchObject({ escrows: ['held'] });
    await page.close();

    await expectBooks(sandbox, refundedOnce(11));
  });

  it('gives the tokens back, once, when the user leaves before the agent has said anything', async () => {
    const { page, sandbox } = await openChat('slow', { agentDelayMs: 20 });
    onTestFinished(holdAgents('Compare ten shops', 2));

    await ask(page, 'Compare ten shops');
    await expect.poll(() => booksOf(sandbox)).toMatchObject({ escrows: ['held'] });
    await page.goto('about:blank');

    await expectBooks(sandbox, refundedOnce(26));
  });

  it('gives the tokens back, once, when the user presses Stop, and the chat goes on', async () => {
    const { page, sandbox } = await openChat('streamer', { agentDelayMs: 20 });
    onTestFinished(holdAgents('Hello', 10));

    await ask(page, 'Hello');
    await answer(page, /^You asked/).waitFor();
    expect(await booksOf(sandbox)).toMatchObject({ escrows: ['held'] });
    await page.getByRole('button', { name: 'Stop' }).click();

    await expectBooks(sandbox, refundedOnce(11));
    expect(await page.getByText('has been delivered').count()).toBe(0);

    await ask(page, 'Once more');
    await receipt(page, 'released10 ATE + 1 fee').waitFor();
    await expectBooks(sandbox, {
      escrows: ['refunded', 'released'],
      movements: [
        'escrow_hold 11',
        'escrow_hold 11',
        'escrow_refund 11',
        'escrow_release 10',
        'fee 1',
      ],
      held: 0,
      spent: 11,
      treasury: 1,
      lost: 0,
    });
  });

  describe('on the edge runtime', () => {
    const path = '/edge';

    it('streams an answer, and pays', async () => {
      const { page, sandbox } = await openChat('streamer', { agentDelayMs: 20, path });

      await ask(page, 'Hello');
      await answer(page, /when the last piece has been delivered\.$/).waitFor();
      await receipt(page, 'released10 ATE + 1 fee').waitFor();
      expect(await page.locator('.warning').count()).toBe(0);
      await expectBooks(sandbox, {
        escrows: ['released'],
        movements: ['escrow_hold 11', 'escrow_release 10', 'fee 1'],
        held: 0,
        spent: 11,
        treasury: 1,
        lost: 0,
      });
    });

    it('streams an answer that goes on unpaid, with its warning, and logs that', async () => {
      const { page, sandbox, server } = await openChat('streamer', {
        agentDelayMs: 20,
        path,
        env: { A2A_PAYER_API_KEY: 'ate_nobody_has_this_key' },
      });

      await ask(page, 'Hello');
      await answer(page, /when the last piece has been delivered\.$/).waitFor();
      await receipt(page, 'unsettled').waitFor();
      await page.locator('.warning', { hasText: 'This call goes on unpaid' }).waitFor();
      expect(await page.locator('main [role=alert]').count()).toBe(0);
      expect(await booksOf(sandbox)).toMatchObject({ escrows: [] });
      expect(server.output()).toMatch(/AI SDK Warning \(a2a\S* \/ \S+\): This call goes on unpaid/);
      expect(server.output()).not.toContain('A Node.js API is used');
    });

    it('generates an answer with a warning about a setting', async () => {
      const { page, server } = await openChat('streamer', { agentDelayMs: 1, path });
      const response = await page.request.get(`${server.url}/api/edge`);
      expect(await response.json()).toMatchObject({
        text: expect.stringContaining('has been delivered'),
        warnings: [{ type: 'unsupported', feature: 'temperature' }],
        settlement: { status: 'released' },
      });
      expect(server.output()).toMatch(/AI SDK Warning .*temperature/);
    });

    it('says that the agent failed, and gives the tokens back', async () => {
      const { page, sandbox } = await openChat('failing', { agentDelayMs: 20, path });

      await ask(page, 'Scrape the page behind the login');
      await page.locator('main [role=alert]', { hasText: 'error' }).waitFor();
      await expectBooks(sandbox, refundedOnce(11));
    });

    it('gives the tokens back, once, when the user presses Stop', async () => {
      const { page, sandbox } = await openChat('streamer', { agentDelayMs: 60, path });

      await ask(page, 'Hello');
      await answer(page, /^You asked/).waitFor();
      await page.getByRole('button', { name: 'Stop' }).click();
      await expectBooks(sandbox, refundedOnce(11));
    });
  });

  async function openChat(
    agent: DemoAgentName,
    {
      agentDelayMs,
      env,
      path = '/',
    }: { agentDelayMs: number; env?: Record<string, string>; path?: string },
  ) {
    const sandbox = await serveSandbox({ agentDelayMs });
    onTestFinished(() => sandbox.close());
    const server = await app.start({
      A2A_AGENT_URL: sandbox.agents[agent].url,
      A2A_EXCHANGE_URL: sandbox.exchangeUrl,
      A2A_PAYER_API_KEY: sandbox.payer.apiKey,
      ...env,
    });
    onTestFinished(() => server.stop());
    onTestFailed(() => console.error(server.output()));

    const context = await browser.newContext({ viewport: { width: 900, height: 520 } });
    onTestFinished(() => context.close());
    context.setDefaultTimeout(120_000);
    const page = await context.newPage();
    await page.goto(`${server.url}${path}`);
    return { page, sandbox, server };
  }
});

/** Sends a message, and gives the response to come. */
async function ask(page: Page, text: string) {
  const response = page.waitForResponse('**/api/*');
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
  return response;
}

function answer(page: Page, text: string | RegExp) {
  return page.locator('li.assistant > p').getByText(text);
}

function receipt(page: Page, text: string) {
  return page.locator('.receipt', { hasText: text });
}

/** Waits until the books are like this, and sees that they stay so. */
async function expectBooks(sandbox: ServedSandbox, books: Books): Promise<void> {
  await expect.poll(() => booksOf(sandbox)).toEqual(books);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await booksOf(sandbox)).toEqual(books);
}
