import type { Browser } from 'playwright-core';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { expect, onTestFailed, onTestFinished } from 'vitest';
import { serveSandbox } from '../../../src/sandbox/serve-sandbox';
import type { NextApp } from '../next/next-app';
import { chatPage } from './chat-page';

/** Starts the app over a sandbox of the test's own, and opens it. Ends both with the test. */
export async function openNextChat({
  app,
  browser,
  env,
}: {
  app: NextApp;
  browser: Browser;
  env?: Record<string, string>;
}) {
  const sandbox = await serveSandbox({ agentDelayMs: 20 });
  onTestFinished(() => sandbox.close());
  const key = generatePrivateKey();
  const { address } = privateKeyToAccount(key);
  sandbox.x402.fund(address);
  const { backendUrl, buyer } = sandbox.nevermined;
  const server = await app.start({
    A2A_EXCHANGE_URL: sandbox.exchangeUrl,
    A2A_PAYER_API_KEY: sandbox.payer.apiKey,
    X402_PRIVATE_KEY: key,
    X402_LEDGER_URL: sandbox.x402.rpcUrl,
    NVM_API_KEY: buyer.apiKey,
    NVM_BACKEND_URL: backendUrl,
    NVM_ENVIRONMENT: 'custom',
    ...env,
  });
  onTestFinished(() => server.stop());
  onTestFailed(() => console.error(server.output()));
  const secrets = [sandbox.payer.apiKey, key, buyer.apiKey];
  return {
    chat: await openPage(browser, server.url, secrets),
    /** The page in the browser of somebody else. */
    open: () => openPage(browser, server.url, secrets),
    sandbox,
    url: server.url,
    /** The payer's USDC, in its smallest unit. */
    dollars: () => sandbox.x402.balanceOf(address),
  };
}

/** Opens the page in a browser of its own. No response to it may contain a secret. */
export async function openPage(browser: Browser, url: string, secrets: string[] = []) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 760 } });
  onTestFinished(() => context.close());
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const leaks: string[] = [];
  onTestFinished(() => expect(leaks).toEqual([]));
  page.on('response', async (response) => {
    const text = await response.text().catch(() => '');
    if (secrets.some((secret) => text.includes(secret))) leaks.push(response.url());
  });
  await page.goto(url);
  return chatPage(page);
}
