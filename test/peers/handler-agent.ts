import { createServer } from 'node:http';
import { createAgentCard, createAgentHandler } from '../../src/agent';
import { PeerContext } from './peer';
import { playingExecutor } from './sdk-1-peer';
import { serveHandler, type ServedHandler } from './served-handler';

/** An agent of `createAgentHandler` that plays what a message names: see behaviours.ts. */
export interface HandlerAgent extends Omit<ServedHandler, 'server'> {
  canceled: string[];
}

export async function startHandlerAgent(): Promise<HandlerAgent> {
  // Nobody cuts a line here, so that its server is none.
  const context = new PeerContext(createServer());
  const served = await serveHandler(
    '/agent/',
    (url) =>
      createAgentHandler({
        card: createAgentCard({
          url,
          name: 'player',
          description: 'Plays what it is told.',
          skills: [{ id: 'play', name: 'Play', description: 'Plays.' }],
          pushNotifications: true,
        }),
        executor: playingExecutor(context),
        push: { trustedHosts: ['127.0.0.1'] },
      }),
    () => context.wait.resolve(),
  );
  return { ...served, canceled: context.canceled };
}
