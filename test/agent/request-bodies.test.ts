import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { answering, serveAgent } from './served-agent';
import { AGENT_URL, testAgent } from './test-agent';

const message = { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'Hi' }] };
const rpc = (more: object = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'SendMessage', params: { message }, ...more });
const json = { 'content-type': 'application/json', 'A2A-Version': '1.0' };

const doors = [
  ['JSON-RPC', AGENT_URL, rpc()],
  ['HTTP+JSON', `${AGENT_URL}message:send`, JSON.stringify({ message })],
] as const;

/** A body without end, and how much of it was asked for. */
function endless(chunk = ' '.repeat(1024)) {
  const seen = { bytes: 0, isCanceled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.bytes += chunk.length;
        if (seen.bytes > 64 * 1024 * 1024) controller.error(new Error('read without end'));
        else controller.enqueue(new TextEncoder().encode(chunk));
      },
      cancel() {
        seen.isCanceled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

describe.each(doors)('a body over %s', (_, url, body) => {
  const maxBodyBytes = 16 * 1024;
  const post = (handle: (request: Request) => Promise<Response>, init: RequestInit) =>
    handle(
      new Request(url, { method: 'POST', headers: json, duplex: 'half', ...init } as RequestInit),
    );

  test.each([
    ['no length', {}],
    ['a length that lies', { 'content-length': '10' }],
    ['a length that is no number', { 'content-length': 'x' }],
  ])('without end, of %s, is read up to the limit', async (__, headers) => {
    const { handle } = testAgent('streamer', { maxBodyBytes });
    const { body, seen } = endless();
    const response = await post(handle, { body, headers: { ...json, ...headers } });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringMatching(/16384/) },
    });
    expect(seen.bytes).toBeLessThanOrEqual(2 * maxBodyBytes);
    expect(seen.isCanceled).toBe(true);
  });

  test('whose length is said to be over the limit is not read', async () => {
    const { handle } = testAgent('streamer', { maxBodyBytes });
    const { body, seen } = endless();
    const headers = { ...json, 'content-length': String(maxBodyBytes + 1) };
    expect((await post(handle, { body, headers })).status).toBe(413);
    expect(seen.bytes).toBe(0);
  });

  test('as long as the limit is answered, one byte more is not', async () => {
    const { handle } = testAgent('streamer', { maxBodyBytes });
    const full = body + ' '.repeat(maxBodyBytes - body.length);
    expect((await post(handle, { body: full })).status).toBe(200);
    expect((await post(handle, { body: `${full} ` })).status).toBe(413);
  });

  test('is limited to 4 MiB by default, and a limit that is no number is refused', async () => {
    const { handle } = testAgent('streamer');
    const { body: huge, seen } = endless(' '.repeat(64 * 1024));
    expect((await post(handle, { body: huge })).status).toBe(413);
    expect(seen.bytes).toBeLessThan(5 * 1024 * 1024);
    expect(() => testAgent('streamer', { maxBodyBytes: Number.NaN })).toThrow('maxBodyBytes');
  });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="utf-8"',
    'application/a2a+json',
  ])('of type %s is taken', async (type) => {
    const { handle } = testAgent('streamer');
    const response = await post(handle, { body, headers: { ...json, 'content-type': type } });
    expect(response.status).toBe(200);
    expect(await response.json()).not.toHaveProperty('error');
  });

  test.each([
    ['text/plain', 'text/plain;charset=UTF-8'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['a form with files', 'multipart/form-data; boundary=x'],
    ['a type that begins alike', 'application/jsonx'],
    ['JSON in a parameter', 'text/plain; application/json'],
    ['two types', 'text/plain, application/json'],
    ['no type', undefined],
  ])('of %s is refused unread', async (__, type) => {
    const { handle, executor } = testAgent('streamer');
    const execute = vi.spyOn(executor, 'execute');
    const { body: unread, seen } = endless();
    const response = await post(handle, {
      body: unread,
      headers: { 'A2A-Version': '1.0', ...(type !== undefined && { 'content-type': type }) },
    });
    const answer: unknown = await response.json();
    expect(answer).toMatchObject({
      error: {
        code: url === AGENT_URL ? -32005 : 415,
        message: expect.stringContaining('application/json'),
      },
    });
    expect(JSON.stringify(answer)).toContain('CONTENT_TYPE_NOT_SUPPORTED');
    expect(seen.bytes).toBe(0);
    expect(execute).not.toHaveBeenCalled();
  });
});

test('what a page of another origin can send without being asked for leave is refused in 0.3 too', async () => {
  const { handle, executor } = testAgent('streamer');
  const execute = vi.spyOn(executor, 'execute');
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'message/send',
    params: { message: { messageId: 'm', role: 'user', parts: [{ kind: 'text', text: 'Hi' }] } },
  });
  const response = await handle(new Request(AGENT_URL, { method: 'POST', body }));
  expect(await response.json()).toMatchObject({ error: { code: -32005 } });
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  expect(execute).not.toHaveBeenCalled();
});

describe('an invalid request is answered with its id', () => {
  test.each([
    ['without a method', '{"jsonrpc":"2.0","id":"a"}', 'a', -32600],
    ['with a method that is none', '{"jsonrpc":"2.0","id":0,"method":5}', 0, -32600],
    ['of another version of JSON-RPC', rpc({ jsonrpc: '1.0' }), 7, -32602],
    ['without parameters', rpc({ params: undefined }), 7, -32602],
    ['whose id is none', '{"id":{"x":1},"method":"SendMessage"}', null, -32600],
    ['whose id is broken', '{"id":1.5,"method":5}', null, -32600],
    ['that is a list', '[{"id":1}]', null, -32600],
    ['that is no object', '"x"', null, -32600],
    ['that is null', 'null', null, -32600],
    ['that is no JSON', '{"id":1,', null, -32700],
  ])('%s', async (_, body, id, code) => {
    const { handle } = testAgent('streamer');
    const response = await handle(new Request(AGENT_URL, { method: 'POST', headers: json, body }));
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id, error: { code } });
  });
});

describe('on a port', () => {
  let close: (() => Promise<void>) | undefined;
  afterEach(() => close?.());

  test.each([
    ['chunked', {}, 413],
    ['of 200 MB', { 'content-length': String(200 * 1024 * 1024) }, 413],
    ['of another type', { 'content-type': 'text/plain' }, 200],
  ])('a body %s is answered before it has ended', async (_, headers, status) => {
    const agent = await serveAgent(answering());
    close = agent.close;
    const sent = await new Promise<{ status: number | undefined; bytes: number; body: string }>(
      (resolve, reject) => {
        let bytes = 0;
        const chunk = Buffer.alloc(64 * 1024, ' ');
        const outgoing = httpRequest(agent.url, {
          method: 'POST',
          headers: { ...json, ...headers },
        });
        outgoing.on('error', reject);
        outgoing.on('response', (incoming) => {
          let body = '';
          incoming.on('data', (data) => (body += String(data)));
          incoming.on('end', () => {
            outgoing.removeAllListeners('error').on('error', () => {});
            outgoing.destroy();
            resolve({ status: incoming.statusCode, bytes, body });
          });
        });
        const write = () => {
          while (!outgoing.destroyed && bytes < 200 * 1024 * 1024) {
            bytes += chunk.length;
            if (!outgoing.write(chunk)) return void outgoing.once('drain', write);
          }
        };
        write();
      },
    );
    expect(sent.status).toBe(status);
    expect(JSON.parse(sent.body)).toMatchObject({ error: {} });
    expect(sent.bytes).toBeLessThan(100 * 1024 * 1024);
  });
});
