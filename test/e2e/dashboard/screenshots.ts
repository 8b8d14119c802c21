import { join } from 'node:path';
import type { Browser } from 'playwright-core';

const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 1080 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 1080 } },
  { name: 'phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
] as const;

/** Where the pictures of docs/dashboard.md come from: DASHBOARD_SCREENSHOTS names a folder for them. */
export async function takeScreenshots(browser: Browser, url: string): Promise<void> {
  const folder = process.env['DASHBOARD_SCREENSHOTS'];
  if (folder === undefined) return;
  for (const { name, ...look } of looks) {
    const context = await browser.newContext({
      ...look,
      deviceScaleFactor: name === 'phone' ? 2 : 1,
    });
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForTimeout(3000);
    await page.locator('#timeline summary').nth(3).click();
    if (name !== 'dark') await page.evaluate(() => window.scrollTo(0, 0));
    await page.screenshot({ path: join(folder, `dashboard-${name}.png`) });
    await context.close();
  }
}
