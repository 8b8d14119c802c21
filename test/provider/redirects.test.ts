import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { generateText, streamText } from 'ai';
import { afterEach, describe, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { agentCard } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const a2a = createA2A({ headers: { authorization: 'Bearer top-secret' } });

describe('redirects of the card', () => {
  test('are followed within the origin, headers included', async () => {
    const { url, seen } = await serve((request, response) => {
      if (request.url === '/.well-known/agent-card.json') redirect(response, '/v2/card');
      else if (request.url === '/v2/card') redirect(response, 'real.json');
      else json(response, cardFor(url));
    });
    await expect(a2a(url).agentCard()).resolves.toMatchObject({ name: 'Scripted' });
    expect(seen.map(({ path }) => path)).toEqual([
      '/.well-known/agent-card.json',
      '/v2/card',
      '/v2/real.json',
    ]);
    expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer top-secret']),
    );
  });

  test.each(['absolute', 'protocol-relative', 'second hop'])(
    'to another origin are refused, and nothing is sent there: %s',
    async (how) => {
      const thief = await serve((_, response) => json(response, cardFor(thief.url)));
      const { url } = await serve((request, response) => {
        if (how === 'second hop' && request.url !== '/hop') redirect(response, '/hop');
        else if (how === 'protocol-relative') redirect(response, thief.url.replace('http:', ''));
        else redirect(response, thief.url);
      });
      await expect(a2a(url).agentCard()).rejects.toMatchObject({
        name: 'AI_A2AAgentCardError',
        message: expect.stringContaining(`redirects to ${new URL(thief.url).origin}`),
        isRetryable: false,
      });
      expect(thief.seen).toEqual([]);
    },
  );

  test('in a circle end', async () => {
    const { url, seen } = await serve((_, response) => redirect(response, '/again'));
    await expect(a2a(url).agentCard()).rejects.toThrow(/redirects too often/);
    expect(seen.length).toBeLessThan(10);
  });

  test('to an address that is none', async () => {
    const { url } = await serve((_, response) => redirect(response, 'http://['));
    await expect(a2a(url).agentCard()).rejects.toMatchObject({ name: 'AI_A2AAgentCardError' });
  });
});

describe.each([307, 308])('a message answered by HTTP %i', (status) => {
  test.each(['generate', 'stream'])('goes on within the origin, whole: %s', async (mode) => {
    const bodies: string[] = [];
    const { url, seen } = await serve((request, response) => {
      if (request.method === 'GET') json(response, cardFor(url));
      else if (request.url === '/rpc') redirect(response, '/hop', status);
      else if (request.url === '/hop') redirect(response, `${url}/rpc/`, status);
      else
        readBody(request, (body) => {
          bodies.push(body);
          const { id } = JSON.parse(body);
          json(response, { jsonrpc: '2.0', id, result: { message: answer } });
        });
    });
    const model = a2a(url);
    const text =
      mode === 'generate'
        ? (await generateText({ model, prompt: 'Hi' })).text
        : await streamText({ model, prompt: 'Hi' }).text;
    expect(text).toBe('Here.');
    const posts = seen.filter(({ method }) => method === 'POST');
    expect(posts.map(({ path }) => path)).toEqual(['/rpc', '/hop', '/rpc/']);
    expect(posts.map(({ authorization }) => authorization)).toEqual(
      Array.from({ length: 3 }, () => 'Bearer top-secret'),
    );
    expect(bodies).toEqual([expect.stringContaining('"Hi"')]);
  });

  test('in a circle ends', async () => {
    const { url, seen } = await serve((request, response) => {
      if (request.method === 'GET') json(response, cardFor(url));
      else redirect(response, '/rpc', status);
    });
    await expect(generateText({ model: a2a(url), prompt: 'Hi' })).rejects.toMatchObject({
      message: expect.stringContaining(`redirects to ${url}/rpc, which is refused`),
      isRetryable: false,
    });
    expect(seen.filter(({ method }) => method === 'POST').length).toBeLessThan(6);
  });

  test('first within the origin, then out of it, is refused there', async () => {
    const thief = await serve((_, response) => json(response, {}));
    const { url } = await serve((request, response) => {
      if (request.method === 'GET') json(response, cardFor(url));
      else redirect(response, request.url === '/rpc' ? '/hop' : thief.url, status);
    });
    await expect(generateText({ model: a2a(url), prompt: 'Hi' })).rejects.toMatchObject({
      message: expect.stringContaining(`redirects to ${thief.url}/, which is refused`),
      isRetryable: false,
    });
    expect(thief.seen).toEqual([]);
  });
});

describe.each([301, 302, 303, 307, 308])('a message answered by HTTP %i', (status) => {
  const follows = status === 307 || status === 308;
  test.each(['another origin', ...(follows ? [] : ['the same origin'])])(
    'to %s is refused',
    async (where) => {
      const thief = await serve((_, response) => json(response, {}));
      const { url, seen } = await serve((request, response) => {
        if (request.method === 'GET') json(response, cardFor(url));
        else redirect(response, where === 'another origin' ? thief.url : '/rpc/?key=1', status);
      });
      const target = where === 'another origin' ? `${thief.url}/` : `${url}/rpc/`;
      await expect(generateText({ model: a2a(url), prompt: 'Hi' })).rejects.toMatchObject({
        name: 'AI_A2AProtocolError',
        message: expect.stringContaining(`redirects to ${target}, which is refused`),
        statusCode: status,
        isRetryable: false,
      });
      expect(thief.seen).toEqual([]);
      expect(seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
    },
  );
});

const answer = {
  messageId: 'm-1',
  role: 'ROLE_AGENT',
  parts: [{ text: 'Here.' }],
};

function readBody(request: IncomingMessage, use: (body: string) => void): void {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => use(body));
}

function cardFor(url: string): object {
  return agentCard({ url: `${url}/rpc` });
}

function redirect(response: ServerResponse, location: string, status = 302): void {
  response.writeHead(status, { location }).end();
}

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: { method: string | undefined; path: string | undefined; authorization: unknown }[] =
    [];
  const server = createServer((request, response) => {
    const { method, url: path, headers } = request;
    seen.push({ method, path, authorization: headers.authorization });
    handle(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, seen };
}
