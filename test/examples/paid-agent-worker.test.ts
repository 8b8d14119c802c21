import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import { expect, onTestFinished, test } from 'vitest';
import { serveForSellers } from './seller-account';
import { bundledWorker } from '../bundled-worker';

test('examples/paid-agent-worker.ts, in workerd, is paid, and remembers after a restart', async () => {
  const { books, buy, escrows, sandbox, seller } = await serveForSellers();
  onTestFinished(() => sandbox.close());
  const start = await deploy({
    EXCHANGE_URL: sandbox.exchangeUrl,
    SELLER_ACCOUNT_ID: seller.accountId,
    SELLER_API_KEY: seller.apiKey,
  });
  const [payerTokens] = books()[0] ?? [];
  const { stop, url } = await start();

  const question = { role: 'user' as const, content: 'A poem, please' };
  const first = await buy(url, [question]);
  expect(first.text).toBe('Roses are red, agents are paid, message 1 is made.');
  expect(first.providerMetadata?.['settlement']).toMatchObject({ status: 'released', amount: 10 });
  expect(books()).toEqual([
    [(payerTokens ?? 0) - 11, 0],
    [seller.starterTokens + 10, 0],
  ]);

  await stop();
  const again = await start();
  const { messages } = first.response;
  const second = await buy(again.url, [question, ...messages, { role: 'user', content: 'More' }]);
  expect(second.text).toContain('message 3');
  expect(escrows()).toEqual(['released', 'released']);
  expect(books()).toEqual([
    [(payerTokens ?? 0) - 22, 0],
    [seller.starterTokens + 20, 0],
  ]);
  expect(await statesOf(again.url)).toEqual(['TASK_STATE_COMPLETED', 'TASK_STATE_COMPLETED']);
});

/** Bundles the Worker, and says how it is started, on one port and with one storage each time. */
async function deploy(bindings: Record<string, string>) {
  const storage = await mkdtemp(join(tmpdir(), 'durable-'));
  onTestFinished(() => rm(storage, { recursive: true, force: true, maxRetries: 5 }));
  const options: MiniflareOptions = {
    modules: true,
    script: await bundledWorker(new URL('../../examples/paid-agent-worker.ts', import.meta.url)),
    compatibilityDate: '2026-01-01',
    durableObjects: { AGENT: { className: 'PaidAgent', useSQLite: true } },
    durableObjectsPersist: storage,
  };
  let port = 0;
  return async () => {
    const miniflare = new Miniflare({ ...options, port, bindings });
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped ??= miniflare.dispose());
    onTestFinished(stop);
    const url = new URL('/', await miniflare.ready).href;
    port = Number(new URL(url).port);
    // Its card names its URL, so it has to know it.
    await miniflare.setOptions({ ...options, port, bindings: { ...bindings, AGENT_URL: url } });
    return { stop, url };
  };
}

async function statesOf(url: string): Promise<string[]> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'a2a-version': '1.0' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ListTasks', params: {} }),
  });
  const { result } = await response.json();
  return result.tasks.map((task: { status: { state: string } }) => task.status.state);
}
