import { createServer } from 'node:http';

/** An agent that somebody else wrote, as it answered on the wire. */
export interface RecordedAgent {
  /** Name and version of the server that was recorded. */
  server: string;
  /** What it does that others do not. */
  habit: string;
  /** Takes the place of fields of a card of protocol 0.3; `$origin` stands for where it listens. */
  card?: Record<string, unknown>;
  /**
   * Response bodies by JSON-RPC method, a list for turns, of which the last stays. `$id` stands for the
   * id of the request.
   */
  answers: Record<string, string | string[]>;
  /** What it says to a method that it does not know. Default: JSON-RPC's -32601. */
  unknownMethod?: { status: number; body: string };
  /** Its streams stay open behind what was recorded. */
  staysOpen?: boolean;
}

export interface RecordedServer {
  /** Without a slash at its end. */
  url: string;
  /** What it was sent, in order. */
  seen: { method: string; body: string }[];
  close: () => Promise<void>;
}

/** Plays a recording back over HTTP on loopback. */
export async function startRecordedServer(agent: RecordedAgent): Promise<RecordedServer> {
  const seen: RecordedServer['seen'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('end', () => {
      if (request.method === 'GET') {
        const isCard = request.url === '/.well-known/agent-card.json';
        response.writeHead(isCard ? 200 : 404, { 'content-type': 'application/json' });
        response.end(fill(JSON.stringify({ ...plainCard, ...agent.card })));
        return;
      }
      const { id, method } = JSON.parse(body);
      const turn = seen.filter((earlier) => earlier.method === method).length;
      seen.push({ method, body });
      const answers = [agent.answers[method] ?? []].flat();
      const answer = answers[Math.min(turn, answers.length - 1)];
      const isStream = answer !== undefined && /^(?:data|event|id|:)/.test(answer);
      const unknown = agent.unknownMethod ?? methodNotFound;
      response.writeHead(answer === undefined ? unknown.status : 200, {
        'content-type': isStream ? 'text/event-stream' : 'application/json',
      });
      response.write(fill(answer ?? unknown.body).replaceAll('$id', JSON.stringify(id)));
      if (!isStream || agent.staysOpen !== true) response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { port } = address;
  const fill = (text: string) =>
    text.replaceAll('$origin', `http://127.0.0.1:${port}`).replaceAll('$port', String(port));
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const methodNotFound = {
  status: 200,
  body: '{"jsonrpc":"2.0","id":$id,"error":{"code":-32601,"message":"Method not found"}}',
};

const plainCard = {
  protocolVersion: '0.3.0',
  name: 'Recorded',
  description: '',
  version: '1.0.0',
  url: '$origin/a2a',
  preferredTransport: 'JSONRPC',
  capabilities: { streaming: true },
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [],
};
