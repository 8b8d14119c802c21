import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';

/** Where a proxy stops, for good. */
export interface Stop {
  /** Only POSTs stop. */
  path: RegExp;
  /** Before the request goes on, before its answer does, or after the answer has said this. */
  at: 'request' | 'answer' | RegExp;
}

export interface CrashProxy {
  origin: string;
  /** Ends when the stop is reached: its connection stands still from then on. */
  reached: Promise<void>;
  close: () => Promise<void>;
}

/** Stands in front of the sandbox, and brings one request to a standstill at a chosen moment. */
export async function startCrashProxy(target: string, stop: Stop): Promise<CrashProxy> {
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();

  const server = createServer(async (incoming, outgoing) => {
    const isStop = incoming.method === 'POST' && stop.path.test(incoming.url ?? '');
    const body = await read(incoming);
    if (isStop && stop.at === 'request') return reach();

    const { method, url, headers } = incoming;
    const forwarded = httpRequest(new URL(url ?? '/', target), { method, headers });
    // As with no proxy between: a caller that dies is gone for the agent, too.
    outgoing.once('close', () => forwarded.destroy());
    forwarded.once('error', () => outgoing.destroy());
    forwarded.end(body);
    const answer: IncomingMessage = await new Promise((resolve) => {
      forwarded.once('response', resolve);
    });

    if (isStop && stop.at === 'answer') {
      await read(answer);
      return reach();
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.once('error', () => outgoing.destroy());
    answer.on('data', (chunk: Buffer) => {
      outgoing.write(chunk);
      if (isStop && stop.at instanceof RegExp && stop.at.test(chunk.toString())) {
        answer.pause();
        reach();
      }
    });
    answer.once('end', () => outgoing.end());
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    reached,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
