import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DefaultRequestHandler, InMemoryTaskStore } from '@a2a-js/sdk/server';
import { jsonRpcHandler, UserBuilder } from '@a2a-js/sdk/server/express';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import {
  acceptExchange,
  createAgentExecutor,
  type AgentRun,
  createAgentCard,
  createPaidAgent,
} from '../src/agent';
import { createExchangeClient } from '../src/rails/exchange/exchange-client';
import { createExchange } from '../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../src/sandbox/in-process-fetch';
import { figure, times } from './figure';
import { inTurn, median, ratio, timeOf } from './in-turn';

const runs = Number(process.env['RUNS'] ?? 15);

/** A stream of a model, in as many pieces; the caller reads the events as bytes, from a port. */
async function compareAgents(pieces: number): Promise<void> {
  const run = (): AgentRun => ({
    stream: (async function* () {
      yield { type: 'text-start', id: '1' } as const;
      for (let piece = 0; piece < pieces; piece++) {
        yield { type: 'text-delta', id: '1', text: `word ${piece} ` } as const;
      }
      yield { type: 'text-end', id: '1' } as const;
    })(),
  });
  const facts = {
    name: 'Bench',
    description: 'Says much.',
    skills: [{ id: 'say', name: 'Say', description: 'Says much.' }],
  };

  const sdk = express();
  const sdkUrl = await listen(createServer(sdk));
  const card = createAgentCard({ url: sdkUrl, ...facts });
  const requestHandler = new DefaultRequestHandler(
    card,
    new InMemoryTaskStore(),
    createAgentExecutor({ run }),
  );
  sdk.use('/', jsonRpcHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication }));

  const exchangeUrl = 'https://exchange.test/api/v1';
  const exchange = createExchange({ starterTokens: 0 });
  const fetchExchange = inProcessFetch('https://exchange.test', exchange.fetch);
  const buyer = exchange.register('buyer', { tokens: 1_000_000_000 });
  const seller = exchange.register('seller', { tokens: 0 });
  const client = createExchangeClient({
    url: exchangeUrl,
    apiKey: buyer.apiKey,
    fetch: fetchExchange,
  });
  const paid = createPaidAgent({
    run,
    ...facts,
    url: 'http://paid.test/',
    accepts: [acceptExchange({ exchangeUrl, ...seller, price: 10, fetch: fetchExchange })],
  });
  const paidUrl = await listen(createServer(getRequestListener(paid)));

  const readPaid = async () => {
    const { escrowId } = await client.hold({
      providerId: seller.accountId,
      amount: 10,
      ttlMinutes: 60,
    });
    await read(paidUrl, pieces, { 'a2a-se': { escrowId, amount: 10, exchangeUrl } });
  };
  const measured = await inTurn(
    { sdk: () => timeOf(() => read(sdkUrl, pieces)), paid: () => timeOf(readPaid) },
    { runs, warmup: 5 },
  );
  figure({
    what: `an agent's stream of ${pieces} pieces over HTTP: a paid agent, its escrow made and verified, against the A2A SDK's Express server, unpaid`,
    measured: `${times(ratio(measured.paid, measured.sdk))} (${median(measured.paid).toFixed(1)} ms / ${median(measured.sdk).toFixed(1)} ms)`,
  });
}

const servers: Server[] = [];

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function read(url: string, pieces: number, metadata = {}): Promise<void> {
  const message = {
    messageId: crypto.randomUUID(),
    role: 'ROLE_USER',
    parts: [{ text: 'Go' }],
    metadata,
  };
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'a2a-version': '1.0',
      'a2a-extensions': 'https://a2a-settlement.org/extensions/settlement/v1',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'SendStreamingMessage',
      params: { message },
    }),
  });
  const text = await response.text();
  if (!text.includes(`word ${pieces - 1}`) || !text.includes('TASK_STATE_COMPLETED')) {
    throw new Error(`incomplete: ${text.slice(0, 500)}`);
  }
}

await compareAgents(100);
await compareAgents(500);

for (const server of servers) {
  server.closeAllConnections();
  server.close();
}
