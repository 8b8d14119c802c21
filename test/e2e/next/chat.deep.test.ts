import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFailed, onTestFinished } from 'vitest';
import type { DemoAgentName } from '../../../src/sandbox';
import { type ServedSandbox, serveSandbox } from '../../../src/sandbox/serve-sandbox';
import { holdAgents } from '../../sandbox/hold-agents';
import { type Books, booksOf } from './books';
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

    await takeScreenshot(page);
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

  async function openChat(agent: DemoAgentName, { agentDelayMs }: { agentDelayMs: number }) {
    const sandbox = await serveSandbox({ agentDelayMs });
    onTestFinished(() => sandbox.close());
    const server = await app.start({
      A2A_AGENT_URL: sandbox.agents[agent].url,
      A2A_EXCHANGE_URL: sandbox.exchangeUrl,
      A2A_PAYER_API_KEY: sandbox.payer.apiKey,
    });
    onTestFinished(() => server.stop());
    onTestFailed(() => console.error(server.output()));

    const context = await browser.newContext({ viewport: { width: 900, height: 520 } });
    onTestFinished(() => context.close());
    context.setDefaultTimeout(120_000);
    const page = await context.newPage();
    await page.goto(server.url);
    return { page, sandbox };
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

function refundedOnce(total: number): Books {
  return {
    escrows: ['refunded'],
    movements: [`escrow_hold ${total}`, `escrow_refund ${total}`],
    held: 0,
    spent: 0,
    treasury: 0,
    lost: 0,
  };
}

/** Waits until the books are like this, and sees that they stay so. */
async function expectBooks(sandbox: ServedSandbox, books: Books): Promise<void> {
  await expect.poll(() => booksOf(sandbox)).toEqual(books);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await booksOf(sandbox)).toEqual(books);
}

/** Where the pictures in the README come from. */
async function takeScreenshot(page: Page): Promise<void> {
  const path = process.env['NEXT_CHAT_SCREENSHOT'];
  if (path !== undefined) await page.screenshot({ path });
}
