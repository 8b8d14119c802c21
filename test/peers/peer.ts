import { createServer, type Server } from 'node:http';
import type { AgentCardSignatureGenerator } from '@a2a-js/sdk';
import express from 'express';
import type { Step } from './behaviours';
import { behaviours, isBehaviour } from './behaviours';

/** A request as it came over the wire. */
export interface SeenRequest {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A real A2A server on loopback, with what it saw. */
export interface Peer {
  /** Its base URL, with a trailing slash. */
  url: string;
  seen: SeenRequest[];
  /** Message and stream calls that arrived. */
  messages: () => SeenRequest[];
  canceled: string[];
  /** Ends the waits of its agent, those to come as well. */
  goOn: () => void;
  close: () => Promise<void>;
}

export type Binding = 'JSONRPC' | 'HTTP+JSON';

export interface PeerOptions {
  binding?: Binding;
  /** Goes into `capabilities.extensions` of the card. */
  extensions?: { uri: string; description?: string; required?: boolean; params?: object }[];
  streaming?: boolean;
  pushNotifications?: boolean;
  /** Its card has an interface of protocol 0.3, too, at the same URL (1.x only). */
  speaks03?: boolean;
  /** Takes the place of fields of its card, in the form of its own SDK. */
  card?: object;
  /** What its card has besides for callers it knows; the card must say that there is one. */
  extendedCard?: object;
  /** Signs its cards (1.x only). */
  signer?: AgentCardSignatureGenerator;
  /** Refuses other requests than those for its card, with HTTP 401 unless it says otherwise. */
  allows?: (request: {
    headers: Record<string, string | string[] | undefined>;
    url: string;
  }) => boolean | { status: number; headers: Record<string, string> };
  /** Serves its card and drops every other connection. */
  diesAfterCard?: boolean;
}

/** Starts an HTTP server that records requests and can cut its lines. */
export async function startPeerServer(
  { diesAfterCard = false, allows = () => true }: PeerOptions,
  setUp: (app: express.Express, context: PeerContext) => void,
): Promise<Peer> {
  const app = express();
  const server = createServer(app);
  const context = new PeerContext(server);
  app.use((request, response, next) => {
    if (context.isDead || (diesAfterCard && !request.path.endsWith('.json'))) {
      request.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    const seen: SeenRequest = {
      method: request.method,
      path: request.originalUrl,
      headers: request.headers,
      body: '',
    };
    context.seen.push(seen);
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      seen.body = Buffer.concat(chunks).toString();
    });
    response.on('error', () => {});
    const isCard = request.path.endsWith('.json');
    const allowed = isCard || allows({ headers: request.headers, url: request.originalUrl });
    if (allowed === true) return next();
    const { status, headers } = allowed === false ? { status: 401, headers: {} } : allowed;
    response.status(status).set(headers);
    response.json({ error: { message: 'Who are you?', code: -32000 } });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  context.url = `http://127.0.0.1:${address.port}/`;
  setUp(app, context);
  return {
    url: context.url,
    seen: context.seen,
    messages: () =>
      context.seen.filter(
        ({ body, path }) =>
          /"method":"(message\/|SendMessage|SendStreamingMessage)/.test(body) ||
          /message:(send|stream)/.test(path),
      ),
    canceled: context.canceled,
    goOn: () => context.wait.resolve(),
    close: () =>
      new Promise((resolve) => {
        context.isClosed = true;
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export class PeerContext {
  url = '';
  isDead = false;
  isClosed = false;
  readonly seen: SeenRequest[] = [];
  readonly canceled: string[] = [];
  readonly wait = Promise.withResolvers<void>();
  private readonly server: Pick<Server, 'closeAllConnections'>;
  private readonly hanging = new Map<string, () => void>();

  constructor(server: Pick<Server, 'closeAllConnections'>) {
    this.server = server;
  }

  cut(how: 'once' | 'forGood'): void {
    if (how === 'forGood') this.isDead = true;
    this.server.closeAllConnections();
  }

  cancel(taskId: string): void {
    this.canceled.push(taskId);
    this.hanging.get(taskId)?.();
  }

  /** Plays the behaviour the text names; a follow-up of a paused task always completes. */
  async play(
    { text, taskId, isFollowUp }: { text: string; taskId: string; isFollowUp: boolean },
    perform: (
      step: Exclude<Step, { waitMs: number } | { cut: string } | { wait: true } | { hang: true }>,
    ) => void,
  ): Promise<void> {
    const name = text.trim();
    const steps: Step[] = isFollowUp
      ? [{ artifact: 'answer', parts: [{ text: `You said ${text}.` }] }, { status: 'completed' }]
      : isBehaviour(name)
        ? behaviours[name]
        : [{ artifact: 'echo', parts: [{ text }] }, { status: 'completed' }];
    for (const [index, step] of steps.entries()) {
      // Lets the server write one event before the next, as an agent at work would. Not after the
      // last: an executor that is late with its goodbye ends the stream of the turn after this one.
      if (index > 0) await new Promise((resolve) => setTimeout(resolve, 2));
      if (this.isClosed || this.canceled.includes(taskId)) return;
      if ('waitMs' in step) await new Promise((resolve) => setTimeout(resolve, step.waitMs));
      else if ('wait' in step) await this.wait.promise;
      else if ('cut' in step) {
        // On a busy machine the time is over before anybody could read what was written.
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        this.cut(step.cut);
      } else if ('hang' in step) {
        await new Promise<void>((resolve) => this.hanging.set(taskId, resolve));
        return;
      } else perform(step);
    }
  }
}
