import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { serveForSellers } from '../../examples/seller-account';
import { buildNextApp } from './next-app';

test('examples/paid-agent-next, in Next.js, is paid for each message of a conversation', async () => {
  const { books, buy, escrows, sandbox, seller } = await serveForSellers();
  onTestFinished(() => sandbox.close());
  const app = await buildNextApp();
  onTestFinished(() => app.remove());
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/agent`;
  const server = await app.start(
    {
      AGENT_URL: url,
      A2A_EXCHANGE_URL: sandbox.exchangeUrl,
      A2A_SELLER_API_KEY: seller.apiKey,
      A2A_SELLER_ACCOUNT_ID: seller.accountId,
    },
    { port },
  );
  onTestFinished(() => server.stop());
  onTestFailed(() => console.error(server.output()));
  const payerTokens = books()[0]?.[0] ?? 0;

  const question = { role: 'user' as const, content: 'A poem, please' };
  const first = await buy(url, [question]);
  expect(first.text).toBe('Roses are red, agents are paid, message 1 is made.');
  expect(first.providerMetadata?.['settlement']).toMatchObject({ status: 'released', amount: 10 });
  expect(books()).toEqual([
    [payerTokens - 11, 0],
    [seller.starterTokens + 10, 0],
  ]);

  const { messages } = first.response;
  const second = await buy(url, [question, ...messages, { role: 'user', content: 'More' }]);
  expect(second.text).toContain('message 3');
  expect(escrows()).toEqual(['released', 'released']);
  expect(books()).toEqual([
    [payerTokens - 22, 0],
    [seller.starterTokens + 20, 0],
  ]);

  const card = await fetch(`${url}/.well-known/agent-card.json`, {
    headers: { 'a2a-version': '1.0' },
  });
  expect(await card.text()).not.toContain(seller.apiKey);
  expect(server.output()).not.toContain(seller.apiKey);
});

/** The card names its URL, so the agent has to know its port before it is served. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
