/**
 * A server on loopback, in a process of its own, so that its CPU is not the caller's: an exchange, and an agent
 * that answers at once with the same bytes. It ends with its parent.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createExchange } from '../src/sandbox/exchange/create-exchange';
import type { ServedBench } from './start-server';

const exchange = createExchange({ starterTokens: 0 });
const payer = exchange.register('payer', { tokens: 1_000_000_000 });
const payee = exchange.register('payee', { tokens: 0 });
const exchangeListener = getRequestListener(exchange.fetch);

const task = { id: 't', contextId: 'c' };
const artifact = { artifactId: 'a', parts: [{ text: 'The answer.' }] };
const sent = {
  task: { ...task, status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [artifact] },
};
const ids = { taskId: 't', contextId: 'c' };
const streamed = [
  { task: { ...task, status: { state: 'TASK_STATE_WORKING' } } },
  { artifactUpdate: { ...ids, artifact } },
  { artifactUpdate: { ...ids, artifact, append: true, lastChunk: true } },
  { statusUpdate: { ...ids, status: { state: 'TASK_STATE_COMPLETED' } } },
];

const server = createServer(async (request, response) => {
  if (request.url?.startsWith('/agent/') !== true) {
    await exchangeListener(request, response);
    return;
  }
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const url = `${origin()}/agent/`;
  if (request.method !== 'POST') {
    const json = { 'content-type': 'application/json' };
    response.writeHead(200, json).end(
      JSON.stringify({
        name: 'Bench',
        supportedInterfaces: [
          { url, protocolBinding: 'JSONRPC', protocolVersion: '1.0', tenant: '' },
        ],
        capabilities: { streaming: true, extensions: [] },
        skills: [],
      }),
    );
    return;
  }
  const { id, method } = JSON.parse(body);
  const frame = (result: object) => JSON.stringify({ jsonrpc: '2.0', id, result });
  if (method === 'SendMessage') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(frame(sent));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of streamed) response.write(`data: ${frame(event)}\n\n`);
  response.end();
});
const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

server.listen(0, '127.0.0.1', () => {
  const served: ServedBench = {
    agentUrl: `${origin()}/agent/`,
    exchangeUrl: origin(),
    apiKey: payer.apiKey,
    payee: payee.accountId,
  };
  process.send?.(served);
});
process.on('disconnect', () => process.exit());
