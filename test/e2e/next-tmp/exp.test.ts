import { it } from 'vitest';
import { serveSandbox } from '../../../src/sandbox/serve-sandbox';
import { booksOf } from './books';
import { launchChromium } from './chromium';
import { buildNextApp } from './next-app';
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
it('exp', async () => {
  const app = await buildNextApp();
  const run = async (name: string, agent: any, delay: number, env: any, how: string) => {
    const sandbox = await serveSandbox({ agentDelayMs: delay });
    const server = await app.start({ A2A_AGENT_URL: (sandbox.agents as any)[agent].url, A2A_EXCHANGE_URL: sandbox.exchangeUrl, A2A_PAYER_API_KEY: sandbox.payer.apiKey, ...env });
    const browser = await launchChromium();
    const page = await (await browser.newContext()).newPage();
    await page.goto(server.url);
    await page.getByLabel('Message').fill('Hello');
    await page.getByRole('button', { name: 'Send' }).click();
    if (how === 'wait') { await page.locator('main .receipt, main [role=alert]').first().waitFor(); console.log(name, await page.locator('main').innerText());
      await page.getByLabel('Message').fill('Again');
      await page.getByRole('button', { name: 'Send' }).click(); await sleep(2500);
      console.log(name, 'SECOND', await page.locator('main').innerText()); }
    else {
      if (agent === 'streamer') await page.getByText('You asked').waitFor(); else await sleep(1500);
      if (how === 'close') await page.close();
      if (how === 'closefast') await page.close();
      if (how === 'kill') await browser.close();
      if (how === 'stop') await page.getByRole('button', { name: 'Stop' }).click();
    }
    const t = Date.now();
    for (;;) { const b = await booksOf(sandbox); if (b.escrows.every((s) => s !== 'held') || Date.now() - t > 15000) { console.log(name, Date.now() - t, 'ms', JSON.stringify(b)); break; } await sleep(100); }
    await sleep(500);
    console.log(name, 'SERVER', server.output().split('\n').slice(4).join('\n'));
    await browser.close(); await server.stop(); await sandbox.close();
  };
  try {
    await run('after-wait', 'streamer', 10, { EXP_AFTER: '1' }, 'wait');
    await run('failing', 'failing', 20, {}, 'wait');
    await run('failing-after', 'failing', 20, { EXP_AFTER: '1' }, 'wait');
    await run('data', 'data', 20, {}, 'wait');
    await run('asker-after', 'asker', 20, { EXP_AFTER: '1' }, 'wait');
  } finally { await app.remove(); }
}, 200000);
