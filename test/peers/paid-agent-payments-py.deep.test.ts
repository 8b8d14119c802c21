import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptNevermined, createPaidAgent, type SaleRecord } from '../../src/agent';
import { createNevermined, type Nevermined } from '../../src/sandbox/nevermined/create-nevermined';
import { saying, scriptedModel } from '../agent/model/scripted-model';
import { isInstalled } from './installed-peers';
import { runPaymentsPyClient } from './python/payments-py/payments-py';

const hasPaymentsPy = isInstalled('payments-py');

const agentId = 'did:nv:poet';

describe.skipIf(!hasPaymentsPy)('an agent of createPaidAgent, called by payments-py', () => {
  let backend: Nevermined;
  const closing: (() => Promise<unknown>)[] = [];

  /** On a port of this machine. */
  async function listen(fetch: (request: Request) => Promise<Response> | Response) {
    let server: ReturnType<typeof serve>;
    const port = await new Promise<number>((resolve) => {
      server = serve({ port: 0, hostname: '127.0.0.1', fetch }, (info) => resolve(info.port));
    });
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    return `http://127.0.0.1:${port}`;
  }

  beforeAll(() => void (backend = createNevermined()));
  afterAll(async () => void (await Promise.all(closing.map((close) => close()))));

  it('sells to its send and to its stream, and refuses a forged token', async () => {
    const seller = backend.register();
    const buyer = backend.register();
    const planId = backend.addPlan(seller, { name: 'Hundred', credits: 100 });
    const backendUrl = await listen((request) => backend.fetch(request));
    const sales: SaleRecord[] = [];
    const poet = scriptedModel(Array.from({ length: 5 }, () => saying('Roses ', 'are red.')));
    let handle: ((request: Request) => Promise<Response>) | undefined;
    const origin = await listen(
      (request) => handle?.(request) ?? new Response(null, { status: 503 }),
    );
    const url = `${origin}/`;
    handle = createPaidAgent({
      model: poet,
      url,
      name: 'poet',
      description: 'Writes poems.',
      skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
      onSale: (event) => sales.push(event),
      accepts: [
        acceptNevermined({ apiKey: seller.apiKey, backendUrl, agentId, planId, credits: 5, url }),
      ],
    });
    const token = { x402Version: 2, accepted: { scheme: 'nvm:erc4337', planId }, payload: {} };
    const seen = await runPaymentsPyClient(
      {
        backendUrl,
        apiKey: buyer.apiKey,
        planId,
        agentId,
        agentUrl: url,
        forged: Buffer.from(JSON.stringify(token)).toString('base64'),
      },
      'paid-agent-client.py',
    );
    const paid = { state: 'completed', text: 'Roses are red.' };
    expect(seen).toMatchObject({
      sent: [
        { ...paid, balance: 95 },
        { ...paid, balance: 85 },
      ],
      streamed: [
        { ...paid, balance: 90 },
        { ...paid, balance: 80 },
      ],
      forged: [{ balance: 80 }],
    });
    expect(JSON.stringify(seen)).not.toMatch(/"forged".*Roses/);
    expect(poet.doStreamCalls).toHaveLength(4);
    expect(sales.filter(({ event }) => event === 'settled')).toHaveLength(4);
    expect(backend.ledger().settlements).toHaveLength(4);
  });
});
