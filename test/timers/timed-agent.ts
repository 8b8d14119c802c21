import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What a prompt asks the agent to do. */
export type Work =
  /** Answers, and completes. */
  | 'finish'
  /** Says something, and goes on when somebody tells it to (`POST /go-on`). */
  | 'wait'
  /** Says more than any buffer takes, and goes on when somebody tells it to. */
  | 'flood'
  | 'fail'
  /** Says something, and breaks the connection. The task completes. */
  | 'cut';

/** An agent of protocol 1.0 that ends its streams by events and not by time. */
export interface TimedAgent {
  url: string;
  isCanceled: () => boolean;
  close: () => Promise<void>;
}

export async function startTimedAgent(): Promise<TimedAgent> {
  let goOn = () => {};
  let state = 'COMPLETED';

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url === '/go-on') {
      goOn();
      return void response.end();
    }
    if (request.method === 'GET') return void response.end(JSON.stringify(card(url)));
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString());
    const json = (result: unknown) => response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    switch (method) {
      case 'CancelTask':
        state = 'CANCELED';
        json(task(state));
        return goOn();
      case 'GetTask':
        return void json(task(state));
      case 'SendMessage':
      case 'SendStreamingMessage':
        break;
      default:
        return void response.end(
          JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32004, message: 'No.' } }),
        );
    }
    const work: Work = params.message.parts.map((part: { text: string }) => part.text).join('');
    const told = new Promise<void>((resolve) => (goOn = resolve));
    state = work === 'fail' ? 'FAILED' : 'COMPLETED';
    if (method === 'SendMessage') {
      if (work === 'wait') await told;
      return void json({ task: task(state) });
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const say = (result: unknown) =>
      response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`);
    say({ task: task('WORKING') });
    for (let piece = 0; piece < (work === 'flood' ? 200 : 5); piece++) {
      say(artifact(work === 'flood' ? 'x'.repeat(20_000) : 'Word. '));
    }
    if (work === 'cut') return void setImmediate(() => response.destroy());
    if (work === 'wait' || work === 'flood') await told;
    say({
      statusUpdate: { taskId: 't', contextId: 'c', status: { state: `TASK_STATE_${state}` } },
    });
    response.end();
  }

  return {
    url,
    isCanceled: () => state === 'CANCELED',
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function task(state: string) {
  return {
    id: 't',
    contextId: 'c',
    status: { state: `TASK_STATE_${state}` },
    artifacts: state === 'COMPLETED' ? [{ artifactId: 'a', parts: [{ text: 'Done.' }] }] : [],
  };
}

function artifact(text: string) {
  const update = { taskId: 't', contextId: 'c', append: true };
  return { artifactUpdate: { ...update, artifact: { artifactId: 'a', parts: [{ text }] } } };
}

function card(url: string) {
  return {
    name: 'Timed',
    description: '',
    version: '1',
    supportedInterfaces: [{ url, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
    capabilities: { streaming: true },
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
  };
}
