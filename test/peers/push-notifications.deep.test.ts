import { serve } from '@hono/node-server';
import { generateText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { describe, expect, test } from 'vitest';
import { behaviours } from './behaviours';
import { isInstalled } from './installed-peers';
import { startPythonServer } from './python/python-peer';

const peers = ['a2a-sdk-1', 'a2a-sdk-0.3'].flatMap((peer) => {
  const isThere = isInstalled(peer);
  return ['JSONRPC', 'HTTP+JSON'].map((transport) => ({ peer, transport, isThere }));
});

/** Servers that others wrote tell our webhook how a task goes on, after the call has returned. */
describe.each(peers)('$peer, $transport', ({ isThere, peer, transport }) => {
  test.skipIf(!isThere)('a hold is settled once, by what the agent posts', async () => {
    const posts: { status: number; token: string | null }[] = [];
    const gate = Promise.withResolvers<void>();
    const webhook = serve({
      port: 0,
      hostname: '127.0.0.1',
      async fetch(request) {
        if (request.method === 'GET') {
          await gate.promise;
          return new Response();
        }
        const { status } = await settlement.handlePushNotification(request);
        posts.push({ status, token: request.headers.get('x-a2a-notification-token') });
        return new Response(null, { status });
      },
    });
    await new Promise((resolve) => webhook.once('listening', resolve));
    const address = webhook.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
    const agent = await startPythonServer(peer, {
      settings: {
        transport,
        behaviours: {
          delivers: [{ status: 'working' }, { until: url }, ...behaviours.completes.slice(1)],
          breaks: [{ status: 'working' }, { until: url }, ...behaviours.fails.slice(1)],
        },
      },
    });
    const { agents, close, exchangeUrl, fetch, ledger, payer } = createSandbox();
    const a2a = createA2A({ agents: { peer: { url: agent.url } } });
    const settlement = createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
      agents: { peer: { accountId: agents.streamer.accountId } },
      tokensPerCall: 10,
      provider: a2a,
    });
    const settled: string[] = [];
    for (const name of ['released', 'refunded', 'unresolved'] as const) {
      settlement.on(name, () => settled.push(name));
    }
    const token = crypto.randomUUID();
    const begin = async (prompt: string) => {
      const { providerMetadata } = await generateText({
        model: wrapLanguageModel({ model: a2a('peer'), middleware: settlement.middleware }),
        prompt,
        maxRetries: 0,
        providerOptions: { a2a: { returnImmediately: true, pushNotification: { url, token } } },
      });
      return providerMetadata?.['settlement']?.['status'];
    };
    const available = (id: string) =>
      ledger().accounts.find((account) => account.id === id)?.available;

    expect([await begin('delivers'), await begin('breaks')]).toEqual(['kept', 'kept']);
    expect(settled).toEqual([]);
    gate.resolve();
    await expect.poll(() => settled.toSorted()).toEqual(['refunded', 'released']);
    // What is posted behind the end finds nothing left to do.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(settled).toHaveLength(2);
    expect(available(payer.accountId)).toBe(1000 - 11);
    expect(available(agents.streamer.accountId)).toBe(10);
    expect(
      ledger()
        .escrows.map(({ status }) => status)
        .toSorted(),
    ).toEqual(['refunded', 'released']);
    expect(posts.filter((post) => post.token !== token || post.status >= 300)).toEqual([]);
    await agent.close();
    webhook.close();
    close();
  });
});
