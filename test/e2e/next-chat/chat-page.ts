import type { Page } from 'playwright-core';

/** What a test does on the page of examples/next-chat, and where it looks. */
export function chatPage(page: Page) {
  const conversation = page.getByRole('log', { name: 'Conversation' });
  const timeline = page.getByRole('region', { name: 'Timeline' });
  return {
    page,
    conversation,
    answers: conversation.locator('.message.assistant'),
    /** The receipts of the answers with this text. */
    receipt: (text: string | RegExp) =>
      conversation.locator('settlement-receipt', { hasText: text }),
    problem: (text: string | RegExp) => conversation.getByRole('alert').filter({ hasText: text }),
    holds: timeline.locator('.hold'),
    /** Presses a button that makes an agent do something. */
    async make(scenario: string) {
      await page.getByRole('button', { name: scenario }).click();
    },
    async pick(agent: string) {
      await page.getByRole('combobox', { name: 'Agent' }).selectOption(agent);
    },
    async write(text: string) {
      await page.getByLabel('Message').fill(text);
      await page.getByRole('button', { name: 'Send' }).click();
    },
    async approve() {
      await page.getByRole('group', { name: 'Approve the price' }).getByText('Hold 25 ATE').click();
    },
    async stop() {
      await page.getByRole('button', { name: 'Stop' }).click();
    },
    /** What the wallet says of a currency: `989 available, 11 held`. */
    async balance(currency: string) {
      const balance = page.locator(`.balance[data-currency="${currency}"] dd`);
      return (await balance.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')).join(', ');
    },
    /** The steps of each hold, the latest hold first: `['held', 'released']`. */
    async steps() {
      const holds = await timeline.locator('.hold').all();
      return Promise.all(holds.map((hold) => hold.locator('.step .status').allInnerTexts()));
    },
    /** Whether everything fits the width of the window. */
    fits: () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
  };
}
