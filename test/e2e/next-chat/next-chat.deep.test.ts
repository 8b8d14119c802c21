import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFailed, onTestFinished } from 'vitest';
import { holdAgents } from '../../sandbox/hold-agents';
import { booksOf, refundedOnce, releasedOnce } from '../next/books';
import { launchChromium, noChromium } from '../next/chromium';
import type { NextApp } from '../next/next-app';
import { buildNextChat } from './build-next-chat';
import { openNextChat, openPage } from './open-next-chat';

if (noChromium !== undefined) {
  console.warn(`SKIPPED: the end-to-end test of examples/next-chat, ${noChromium}`);
}

const QUESTION = 'Explain what an escrow does';

describe.skipIf(noChromium !== undefined)('examples/next-chat', () => {
  let app: NextApp;
  let browser: Browser;

  beforeAll(async () => {
    [app, browser] = await Promise.all([buildNextChat(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.remove();
  });

  it('streams an answer, holds while it streams, and releases', async () => {
    const { chat, sandbox } = await openChat();
    const goOn = holdAgents(QUESTION, 10);

    await chat.make('Deliver');
    await chat.answers.getByText(`You asked: ${QUESTION}`).waitFor();
    await chat.receipt('held 11 ATE in escrow').waitFor();
    await expect.poll(() => chat.balance('ATE')).toBe('989 available, 11 held');
    await expect.poll(() => chat.steps()).toEqual([['held']]);
    expect(await booksOf(sandbox)).toMatchObject({ escrows: ['held'], held: 11 });

    // Another question would stand in the middle of this answer.
    const another = chat.page.getByRole('button', { name: 'Return data' });
    await another.focus();
    await chat.page.keyboard.press('Enter');
    expect(await another.getAttribute('aria-disabled')).toBe('true');
    expect(await chat.conversation.locator('.message.user').count()).toBe(1);
    expect(await another.evaluate((button) => button === document.activeElement)).toBe(true);
    goOn();

    await chat.answers.getByText(/when the last piece has been delivered\.$/).waitFor();
    await chat.receipt('released 10 ATE + 1 fee paid to the agent').waitFor();
    await expect.poll(() => chat.balance('ATE')).toBe('989 available, 0 held');
    await expect.poll(() => chat.steps()).toEqual([['held', 'released']]);
    await expect.poll(() => booksOf(sandbox)).toEqual(releasedOnce(10));
    expect(await another.getAttribute('aria-disabled')).toBe('false');
  });

  it('gives the tokens back, once, when the user presses Stop, and goes on', async () => {
    const { chat, sandbox } = await openChat();
    onTestFinished(holdAgents(QUESTION, 10));

    await chat.make('Deliver');
    await chat.answers.getByText('You asked').waitFor();
    await chat.receipt('held').waitFor();
    await chat.stop();
    await chat.receipt('refunded 11 ATE returned: the call was stopped').waitFor();
    await expect.poll(() => chat.balance('ATE')).toBe('1,000 available, 0 held');
    await expect.poll(() => booksOf(sandbox)).toEqual(refundedOnce(11));
    expect(await chat.answers.getByText('has been delivered').count()).toBe(0);

    await chat.pick('weather-desk');
    await chat.write('What is the weather in Porto?');
    await chat.answers.getByText('"city": "Porto"').waitFor();
    await chat.receipt('released 5 ATE + 1 fee paid to the agent').waitFor();
    await expect
      .poll(() => chat.steps())
      .toEqual([
        ['held', 'released'],
        ['held', 'refunded'],
      ]);
  });

  it('shows why an agent failed, and gives the tokens back', async () => {
    const { chat, sandbox } = await openChat();

    await chat.make('Fail');
    const reason = /^failed\s*The page asked for a login, so it could not be read\.$/;
    await chat.problem(reason).waitFor();
    await chat.receipt('refunded 11 ATE returned: the agent failed').waitFor();
    await expect.poll(() => booksOf(sandbox)).toEqual(refundedOnce(11));

    await chat.make('Deliver');
    await chat.receipt('released').waitFor();
    expect(await chat.problem(reason).count()).toBe(1);
  });

  it('keeps one hold for a question, over a reload, and releases it with the answer', async () => {
    const { chat, sandbox } = await openChat();

    await chat.make('Ask back');
    await chat.answers.getByText('For how many guests?').waitFor();
    await chat.receipt('kept 16 ATE stay held until the task ends').waitFor();
    await expect.poll(() => chat.balance('ATE')).toBe('984 available, 16 held');
    await chat.page.reload();

    await chat.write('Four');
    await chat.answers.getByText('Your table is booked. Guests: Four.').waitFor();
    await chat.receipt('released 15 ATE + 1 fee paid to the agent').waitFor();
    await expect.poll(() => chat.steps()).toEqual([['held', 'kept', 'released']]);
    await expect.poll(() => booksOf(sandbox)).toEqual(releasedOnce(15));
  });

  it('settles once when the page is reloaded in mid-stream', async () => {
    const { chat, sandbox } = await openChat();
    onTestFinished(holdAgents(QUESTION, 10));

    await chat.make('Deliver');
    await chat.answers.getByText('You asked').waitFor();
    expect(await booksOf(sandbox)).toMatchObject({ escrows: ['held'] });
    await chat.page.reload();

    await chat.answers.getByText('You asked').waitFor();
    await chat.receipt('refunded 11 ATE returned: the call was stopped').waitFor();
    await expect.poll(() => chat.steps()).toEqual([['held', 'refunded']]);
    await expect.poll(() => booksOf(sandbox)).toEqual(refundedOnce(11));
  });

  it('asks before it holds more than 20 ATE, and holds nothing when refused', async () => {
    const { chat, sandbox } = await openChat();

    await chat.make('Run slow');
    await chat.conversation.getByText('This agent asks for 25 ATE').waitFor();
    await chat.page.getByRole('button', { name: 'Refuse' }).click();
    await chat.problem('You did not agree to 25 ATE. Nothing was held or sent.').waitFor();
    await expect.poll(() => chat.steps()).toEqual([]);
    expect(await booksOf(sandbox)).toMatchObject({ escrows: [], movements: [] });

    await chat.make('Run slow');
    await chat.approve();
    await chat.answers.getByText('The research is done.').waitFor();
    await chat.receipt('released 25 ATE + 1 fee paid to the agent').waitFor();
    await expect.poll(() => booksOf(sandbox)).toEqual(releasedOnce(25));
  });

  it.each([
    ['of a lower price', { amount: '24' }],
    ['of another agent', { agent: 'https://agent.example.com' }],
    ['in another currency', { currency: 'USDC' }],
  ])('does not take an approval %s for one', async (_name, change) => {
    const { chat, sandbox, url } = await openChat();
    const agent = sandbox.agents.slow.url;
    const response = await chat.page.request.post(`${url}/api/chat`, {
      data: {
        agent: 'researcher',
        approval: { agent, amount: '25', currency: 'ATE', ...change },
        messages: [{ id: '1', role: 'user', parts: [{ type: 'text', text: 'Compare ten shops' }] }],
      },
    });
    expect(await response.text()).toContain('NOT_APPROVED');
    expect(await booksOf(sandbox)).toMatchObject({ escrows: [] });
  });

  it('does not continue the conversation of somebody else', async () => {
    const { chat, open, sandbox } = await openChat();
    await chat.make('Ask back');
    await chat.receipt('kept').waitFor();
    await chat.page.reload();
    const messages = await chat.page.evaluate(() => sessionStorage.getItem('next-chat'));

    const forger = await open();
    // The page saves its messages when it is left: the forger's are to be saved after them.
    await expect.poll(() => forger.page.getByLabel('Message').isEnabled()).toBe(true);
    await forger.page.evaluate((stolen) => {
      addEventListener('pagehide', () => sessionStorage.setItem('next-chat', stolen ?? ''));
    }, messages);
    await forger.page.reload();
    await forger.answers.getByText('For how many guests?').waitFor();
    await forger.write('Four');
    await expect.poll(() => forger.answers.getByText('For how many guests?').count()).toBe(2);
    await forger.answers.locator('.warning', { hasText: 'did not seal' }).waitFor();
    expect(await forger.answers.getByText('Your table is booked').count()).toBe(0);
    expect(await booksOf(sandbox)).toMatchObject({ escrows: ['held', 'held'], held: 32 });

    await chat.write('Two');
    await chat.answers.getByText('Your table is booked. Guests: Two.').waitFor();
    await expect.poll(() => booksOf(sandbox)).toMatchObject({ escrows: ['released', 'held'] });
    await expect.poll(() => chat.steps()).toEqual([['held', 'kept', 'released']]);
    await expect.poll(() => forger.steps()).toEqual([['held', 'kept']]);
  });

  it('lets a webhook settle what takes minutes, and then shows the answer', async () => {
    const { chat, sandbox, url } = await openChat();
    const goOn = holdAgents('Compare the prices of a hundred shops', 1);

    await chat.make('Take minutes');
    await chat.approve();
    await chat.receipt('kept 26 ATE stay held until the task ends').waitFor();
    const forged = await chat.page.request.post(`${url}/api/a2a-webhook`, {
      headers: { 'x-a2a-notification-token': 'guessed' },
      data: { statusUpdate: { taskId: 'guessed', contextId: 'guessed' } },
    });
    expect([202, 400, 401]).toContain(forged.status());
    expect(await booksOf(sandbox)).toMatchObject({ escrows: ['held'], held: 26 });
    goOn();

    await chat.receipt('released 25 ATE + 1 fee paid to the agent').waitFor();
    await chat.answers.getByText('The research is done.').waitFor();
    await expect.poll(() => chat.steps()).toEqual([['held', 'kept', 'released']]);
    await expect.poll(() => booksOf(sandbox)).toEqual(releasedOnce(25));
  });

  it('pays in USDC with a transaction, and says what was taken', async () => {
    const { chat, dollars } = await openChat();

    await chat.make('Pay in USDC');
    await chat.receipt('released 0.25 USDC paid to the agent').waitFor();
    await chat.holds
      .getByText(/transaction 0x[0-9a-f]{64} on \S+\s+read from the ledger/)
      .waitFor();
    await expect.poll(() => chat.balance('USDC')).toBe('9.75 available, 0 authorized');
    expect(dollars()).toBe(9_750_000n);

    await chat.make('Charge anyway');
    await chat.receipt('taken 5 credits taken by the agent: the answer was refused').waitFor();
    await expect.poll(() => chat.balance('credits')).toBe('95 available, 0 authorized');

    await chat.make('Return data');
    await chat.answers.getByText('"city": "Lisbon"').waitFor();
    await expect
      .poll(() => chat.steps())
      .toEqual([
        ['held', 'released'],
        ['held', 'taken'],
        ['held', 'released'],
      ]);
  });

  it('reconciles for the cron job only', async () => {
    const { chat, url } = await openChat({ env: { CRON_SECRET: 'a secret of the test' } });
    const route = `${url}/api/cron/reconcile`;
    expect((await chat.page.request.get(route)).status()).toBe(401);
    const headers = { authorization: 'Bearer a secret of the test' };
    const report = await chat.page.request.get(route, { headers });
    expect(await report.json()).toEqual({ settled: [], open: 0, unresolved: [] });
  });

  it('needs no key and no account, and no mouse', async () => {
    const server = await app.start({});
    onTestFinished(() => server.stop());
    onTestFailed(() => console.error(server.output()));
    const { keyboard, ...chat } = await openPage(browser, server.url).then((opened) => ({
      ...opened,
      keyboard: opened.page.keyboard,
    }));
    const input = chat.page.getByLabel('Message');
    await expect.poll(() => input.isEnabled()).toBe(true);
    await input.focus();
    await keyboard.type('Hello');
    await keyboard.press('Enter');
    await chat.receipt('released 10 ATE + 1 fee paid to the agent').waitFor();
    await expect.poll(() => chat.balance('ATE')).toBe('989 available, 0 held');

    await chat.page.getByRole('button', { name: 'Send' }).waitFor();
    await keyboard.type('Once more');
    await keyboard.press('Enter');
    await chat.receipt('released').nth(1).waitFor();
    await expect.poll(() => chat.balance('ATE')).toBe('978 available, 0 held');
  });

  it('fits a screen and a phone, in light and dark', async () => {
    const { chat } = await openChat();
    const shots: [string, 'light' | 'dark', number, number][] = [
      ['next-chat', 'light', 1200, 760],
      ['next-chat-dark', 'dark', 1200, 760],
      ['next-chat-phone', 'light', 390, 780],
    ];
    await expect.poll(() => chat.balance('ATE')).toBe('1,000 available, 0 held');
    await chat.make('Fail');
    await chat.receipt('refunded').waitFor();
    await chat.make('Pay in USDC');
    await chat.receipt('released').waitFor();
    await chat.make('Ask back');
    await chat.receipt('kept').waitFor();
    onTestFinished(holdAgents(QUESTION, 22));
    await chat.make('Deliver');
    await chat.receipt('held').waitFor();
    await chat.answers.getByText('in many small').last().waitFor();
    await expect.poll(() => chat.balance('ATE')).toBe('973 available, 27 held');
    await chat.page.getByLabel('Message').focus();
    for (const [name, colorScheme, width, height] of shots) {
      await chat.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await chat.page.setViewportSize({ width, height });
      expect(await chat.fits(), name).toBe(true);
      await shoot(name);
    }
    await chat.page.getByRole('button', { name: 'Timeline (4)' }).click();
    await chat.holds.first().waitFor();
    expect(await chat.fits()).toBe(true);
    await shoot('next-chat-phone-timeline');

    /** Where the pictures of the documentation come from. */
    async function shoot(name: string) {
      const folder = process.env['NEXT_CHAT_SCREENSHOTS'];
      if (folder !== undefined) await chat.page.screenshot({ path: join(folder, `${name}.png`) });
    }
  });

  const openChat = (options: { env?: Record<string, string> } = {}) =>
    openNextChat({ app, browser, ...options });
});
