import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach } from 'vitest';
import { agentCard } from './scripted-agent';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

export interface HostileServer {
  url: string;
  /** Bytes that were taken off its hands, apart from the card's. */
  sent: () => number;
  requests: { path: string; headers: IncomingMessage['headers']; method: string }[];
}

type Answer = (request: {
  path: string;
  id: unknown;
  method: string;
  response: ServerResponse;
  /** Writes chunks as fast as they are read, until `end` of them or until nobody listens. */
  flood: (chunk: (index: number) => string | Buffer, end?: number) => Promise<void>;
}) => unknown;

/** A server on loopback that answers whatever it likes, and counts what is read of it. */
export async function hostileServer(answer: Answer): Promise<HostileServer> {
  const requests: HostileServer['requests'] = [];
  let sent = 0;
  const server = createServer((request, response) => {
    const { url: path = '', headers, method = '' } = request;
    const chunks: Buffer[] = [];
    response.on('error', () => {});
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { id, method: rpc = '' } = body === '' ? {} : JSON.parse(body);
      requests.push({ path, headers, method: rpc || method });
      if (path.endsWith('.json')) {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(agentCard({ url: `${url}/rpc` })));
        return;
      }
      void answer({ path, id, method: rpc, response, flood: (...how) => flood(response, ...how) });
    });
  });

  async function flood(
    response: ServerResponse,
    chunk: (index: number) => string | Buffer,
    end = Infinity,
  ): Promise<void> {
    for (let index = 0; index < end && !response.destroyed; index++) {
      const next = chunk(index);
      sent += Buffer.byteLength(next);
      if (response.write(next)) continue;
      await new Promise<void>((resolve) => {
        const go = () => {
          response.off('drain', go).off('close', go);
          resolve();
        };
        response.on('drain', go).on('close', go);
      });
    }
    response.end();
  }

  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  return { url, sent: () => sent, requests };
}
