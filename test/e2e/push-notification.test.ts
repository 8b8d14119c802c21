import { createServer, type IncomingHttpHeaders } from 'node:http';
import { generateText, wrapLanguageModel } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createA2A,
  createSettlement,
  exchangeRail,
  type A2ALanguageModelOptions,
} from '../../src/index';
import { createSandbox, type Sandbox } from '../../src/sandbox';
import type { Peer, PeerOptions } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';

// The SDK's servers tell the console of each notification.
beforeEach(() => {
  for (const method of ['info', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation(() => {});
  }
});
afterEach(() => void vi.restoreAllMocks());

const peers: [string, (options?: PeerOptions) => Promise<Peer>, PeerOptions][] = [
  ['1.x over JSON-RPC', startSdk1Peer, {}],
  ['1.x over HTTP+JSON', startSdk1Peer, { binding: 'HTTP+JSON' }],
  ['0.3 over JSON-RPC', startSdk03Peer, {}],
];

describe.each(peers)('an agent of the SDK %s', (_, start, options) => {
  let peer: Peer;
  let sandbox: Sandbox;
  let hook: Awaited<ReturnType<typeof startWebhook>>;
  beforeEach(async () => {
    sandbox = createSandbox();
    peer = await start({ ...options, pushNotifications: true });
    const a2a = createA2A();
    const { agents, exchangeUrl, fetch, payer } = sandbox;
    const settlement = createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
      agents: { [peer.url]: { accountId: agents.slow.accountId, tokensPerCall: 20 } },
      provider: a2a,
    });
    const model = wrapLanguageModel({ model: a2a(peer.url), middleware: settlement.middleware });
    hook = await startWebhook(settlement.handlePushNotification);
    begin = async (prompt) => {
      const pushNotification = { url: hook.url, token: 'a-token' };
      const a2aOptions: A2ALanguageModelOptions = { returnImmediately: true, pushNotification };
      const { providerMetadata } = await generateText({
        model,
        prompt,
        providerOptions: { a2a: a2aOptions },
      });
      return providerMetadata?.['settlement']?.['status'];
    };
  });
  afterEach(async () => {
    await peer.close();
    await hook.close();
    sandbox.close();
  });
  let begin: (prompt: string) => Promise<unknown>;
  const statuses = () => sandbox.ledger().escrows.map(({ status }) => status);

  test('is paid when it has finished', async () => {
    expect(await begin('waits to be told')).toBe('kept');
    expect(statuses()).toEqual(['held']);
    peer.goOn();
    await vi.waitFor(() => expect(statuses()).toEqual(['released']));
    await vi.waitFor(() => expect(hook.statuses).toContain(200));
    expect(hook.statuses.every((status) => status === 200 || status === 202)).toBe(true);
  });

  test('is not paid when it failed', async () => {
    await begin('fails');
    await vi.waitFor(() => expect(statuses()).toEqual(['refunded']));
  });

  test('is not paid on anybody’s word', async () => {
    await begin('hangs');
    await vi.waitFor(() => expect(hook.seen.length).toBeGreaterThan(0));
    const forged = hook.seen.map(({ body }) =>
      body
        .replaceAll('TASK_STATE_WORKING', 'TASK_STATE_COMPLETED')
        .replaceAll('working', 'completed'),
    );
    for (const token of ['a-token', 'b-token']) {
      for (const body of forged) {
        const headers = { 'x-a2a-notification-token': token };
        const { status } = await fetch(hook.url, { method: 'POST', body, headers });
        expect(status).toBe(202);
      }
    }
    expect(statuses()).toEqual(['held']);
  });
});

async function startWebhook(handle: (request: Request) => Promise<Response>) {
  const statuses: number[] = [];
  const seen: { body: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    const { status } = await handle(
      new Request('http://localhost/', { method: 'POST', body, headers }),
    );
    if (incoming.headers['x-a2a-notification-token'] === 'a-token') statuses.push(status);
    seen.push({ body, headers: incoming.headers });
    outgoing.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    statuses,
    seen,
    close: () =>
      new Promise<unknown>((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
