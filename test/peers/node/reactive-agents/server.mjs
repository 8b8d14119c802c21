// An agent of Reactive Agents, on its own server, which is written for Bun.
import { createServer } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import {
  A2AError,
  A2AHttpServer,
  createA2AHttpServer,
  createA2AServer,
  generateAgentCard,
} from '@reactive-agents/a2a';
import { Effect, Layer } from 'effect';
import { freePort, ready, scriptedAnswer } from './scripted-server.mjs';

globalThis.Bun = {
  serve({ fetch, port }) {
    const server = createServer(async (incoming, outgoing) => {
      const body = incoming.method === 'POST' ? await readText(incoming) : undefined;
      const { headers, method, url } = incoming;
      const request = new Request(`http://127.0.0.1:${port}${url}`, { body, headers, method });
      const response = await fetch(request);
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(Buffer.from(await response.arrayBuffer()));
    });
    server.listen(port, '127.0.0.1', () => ready(url));
    return { stop: () => server.close(), port };
  },
};

async function answerTo(input) {
  let answer = '';
  for await (const piece of scriptedAnswer([input])) answer += piece;
  return answer;
}

const execute = (input) =>
  Effect.tryPromise({
    try: () => answerTo(input),
    catch: ({ message }) => new A2AError({ code: 'INTERNAL_ERROR', message }),
  });

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const card = generateAgentCard({ name: 'scripted', description: 'Says what it is told to.', url });
const server = createA2AHttpServer(port, execute).pipe(Layer.provide(createA2AServer(card)));
const program = Effect.gen(function* () {
  yield* (yield* A2AHttpServer).start();
  yield* Effect.never;
});
Effect.runFork(program.pipe(Effect.provide(server)));
