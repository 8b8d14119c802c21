// Serves what the official TCK is run against, until it is stopped: npx tsx test/agent/tck/serve.ts PORT WHAT
//   own      createAgentHandler
//   current  createAgentHandler without protocol 0.3
//   bare     createAgentHandler without streams and push notifications
//   strict   createAgentHandler with a required extension
//   sdk      the Express server of the A2A SDK, with the same executor
//   sandbox  the agents of the sandbox
import type { AgentCard } from '@a2a-js/sdk';
import { DefaultRequestHandler, InMemoryTaskStore } from '@a2a-js/sdk/server';
import {
  agentCardHandler,
  jsonRpcHandler,
  restHandler,
  UserBuilder,
} from '@a2a-js/sdk/server/express';
import { serve } from '@hono/node-server';
import express from 'express';
import { createAgentHandler } from '../../../src/agent';
import { serveSandbox } from '../../../src/sandbox/serve-sandbox';
import { tckAgent } from './tck-agent';
import { requiredExtension, tckCard, withoutLegacy } from './tck-card';

const [port = '41241', what = 'own'] = process.argv.slice(2);
const url = `http://127.0.0.1:${port}/`;
const card = tckCard(url);
// As long as the TCK's own agents: twice its time limit for streams.
const executor = tckAgent(() => new Promise((resolve) => setTimeout(resolve, 4000)));

switch (what) {
  case 'own':
    await serveOwn(card);
    break;
  case 'current':
    await serveOwn(withoutLegacy(card));
    break;
  case 'bare':
    await serveOwn(tckCard(url, { streaming: false, pushNotifications: false }));
    break;
  case 'strict':
    await serveOwn(tckCard(url, { extensions: [requiredExtension] }));
    break;
  case 'sandbox': {
    const { agents } = await serveSandbox({ port: Number(port) });
    console.log(agents);
    break;
  }
  case 'sdk':
    serveSdk();
    break;
  default:
    throw new Error(`Nothing is called ${what}.`);
}

async function serveOwn(ownCard: AgentCard): Promise<void> {
  const fetch = createAgentHandler({
    card: ownCard,
    executor,
    push: { trustedHosts: ['localhost', '127.0.0.1'] },
  });
  serve({ port: Number(port), hostname: '127.0.0.1', fetch }, () => console.log(url));
}

function serveSdk(): void {
  // The two handlers cannot be at one path: each answers what belongs to the other.
  const supportedInterfaces = card.supportedInterfaces.map((entry) =>
    entry.protocolBinding === 'JSONRPC' ? entry : { ...entry, url: `${url}rest` },
  );
  const requestHandler = new DefaultRequestHandler(
    { ...card, supportedInterfaces },
    new InMemoryTaskStore(),
    executor,
  );
  const options = { requestHandler, userBuilder: UserBuilder.noAuthentication };
  const legacyCompat = { enabled: true };
  const app = express();
  app.use(
    '/.well-known/agent-card.json',
    agentCardHandler({ agentCardProvider: requestHandler, legacyCompat }),
  );
  app.use('/rest', restHandler(options));
  app.use('/', jsonRpcHandler({ ...options, legacyCompat }));
  app.listen(Number(port), '127.0.0.1', () => console.log(url));
}
