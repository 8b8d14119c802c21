import { createServer } from 'node:http';
import type { AgentCard } from '@a2a-js/sdk';
import {
  acceptExchange,
  type AgentHandlerOptions,
  createAgentHandler,
  createPaidAgent,
} from '../../../src/agent';
import { scriptedModel } from '../model/scripted-model';
import { closed, serveOnPort } from '../serve-on-port';
import { tckAgent } from './tck-agent';
import { tckCard } from './tck-card';

/** The agent that plays the scenarios, on a port of this machine. `release` ends what takes its time. */
export async function serveTckAgent(
  change: (card: AgentCard) => AgentCard = (card) => card,
  options: Partial<AgentHandlerOptions> = {},
) {
  const held = new Map<string, () => void>();
  const executor = tckAgent((id) => new Promise((resolve) => held.set(id, resolve)));
  const served = await serveOnPort('/agent/', (url) =>
    createAgentHandler({
      card: change(tckCard(url)),
      executor,
      push: { trustedHosts: ['127.0.0.1'] },
      ...options,
    }),
  );
  return { ...served, release: () => held.forEach((resolve) => resolve()) };
}

/** An agent made by `createPaidAgent`. Nobody pays it here, so that it refuses to work. */
export function servePaidAgent() {
  return serveOnPort('/agent/', (url) =>
    createPaidAgent({
      model: scriptedModel([]),
      url,
      name: 'Paid agent',
      description: 'An agent of the tests.',
      skills: [{ id: 'any', name: 'Any', description: 'Anything.' }],
      pushNotifications: true,
      accepts: [
        acceptExchange({
          exchangeUrl: 'https://exchange.test/api/v1',
          apiKey: 'key',
          accountId: 'acc-1',
          price: 10,
        }),
      ],
    }),
  );
}

/** A webhook that notes what it is told. */
export async function serveWebhook() {
  const told: { authorization: string | undefined; contentType: string; body: unknown }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    const { authorization, 'content-type': contentType = '' } = incoming.headers;
    told.push({ authorization, contentType, body: JSON.parse(body) });
    outgoing.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    told,
    url: `http://127.0.0.1:${address.port}/hook`,
    close: () => closed(server),
  };
}
