import { inspect } from 'node:util';
import { NoSuchModelError } from '@ai-sdk/provider';
import { generateText, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { cardsOfAll, result, results, say, scriptedAgent, sse, type Call } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const token = 'sk-live-0123456789abcdef';
const cookie = 'session=77f1c0de77f1c0de';
const key = 'key-9876543210';
const headers = { authorization: `Bearer ${token}`, 'x-api-key': key, cookie };
const secretPrompt = 'my-secret-prompt-4711';

/** An agent that hands back what it was sent, wherever it can. */
const echo = (call: Call) =>
  `Invalid credentials: ${[...call.headers].map(([n, v]) => `${n}=${v}`).join('; ')}`;
const padded = (call: Call) => `${'x'.repeat(485)}${call.headers.get('authorization')} is wrong`;

const answers: Record<string, (call: Call) => Response | Promise<Response>> = {
  'HTTP 401, JSON-RPC body': (call) =>
    Response.json(
      { jsonrpc: '2.0', id: call.id, error: { code: -32000, message: echo(call) } },
      { status: 401 },
    ),
  'HTTP 403, detail': (call) => Response.json({ detail: echo(call) }, { status: 403 }),
  'HTTP 422, details': (call) => Response.json({ detail: [{ msg: echo(call) }] }, { status: 422 }),
  'HTTP 500, text': (call) => new Response(echo(call), { status: 500 }),
  'HTTP 302': (call) =>
    new Response(echo(call), { status: 302, headers: { location: `https://x.example/?${token}` } }),
  'cut off within the secret': (call) => Response.json({ error: padded(call) }, { status: 401 }),
  'HTTP 200, JSON-RPC error': (call) =>
    Response.json({ jsonrpc: '2.0', id: call.id, error: { code: 1, message: echo(call) } }),
  'an error event': (call) =>
    sse([
      { jsonrpc: '2.0', id: call.id, error: { code: 1, message: echo(call), data: echo(call) } },
    ]),
  'a failed task': (call) => result(say.task('FAILED', { said: echo(call) }))(call),
  'a failed task in a stream': (call) =>
    results(say.task('WORKING'), say.status('REJECTED', echo(call)))(call),
  'an unheard-of kind': (call) => result({ kind: echo(call) })(call),
  'an unheard-of id': (call) => Response.json({ jsonrpc: '2.0', id: echo(call), result: {} }),
  'no JSON': (call) => new Response(`{"x": ${echo(call)}`),
  'no JSON in an event': (call) =>
    new Response(`data: {"x": ${echo(call)}\n\n`, {
      headers: { 'content-type': 'text/event-stream' },
    }),
  'a status that is none': (call) =>
    result({ kind: 'task', id: 't', status: { state: echo(call), message: echo(call) } })(call),
  'a network error that quotes': () =>
    Promise.reject(new TypeError(`fetch failed with ${token} ${cookie} ${key}`)),
};

describe.each(Object.entries(cardsOfAll))('%s', (_, card) => {
  test.each(Object.entries(answers))(
    'what the agent echoes stays out of errors: %s',
    async (__, answer) => {
      // Some of these tasks never end: what is said when they are given up is looked at, too.
      const polling = { intervalMs: 1, timeoutMs: 50 };
      const { model } = scriptedAgent(answer, { card, headers: () => headers, polling });
      const call = { model, prompt: secretPrompt, maxRetries: 0 };
      const errors: unknown[] = [];
      await generateText(call).catch((error: unknown) => errors.push(error));
      await streamText({
        ...call,
        onError: ({ error }) => void errors.push(error),
      }).consumeStream();
      expect(errors.length).toBeGreaterThan(0);
      const said = errors.map(dump).join('\n');
      for (const secret of [token, token.slice(0, 10), cookie, key, secretPrompt]) {
        expect(said).not.toContain(secret);
      }
    },
  );
});

test('what is said besides stays readable', async () => {
  const { model } = scriptedAgent(
    ({ headers: sent }) =>
      Response.json({ detail: `Token ${sent.get('authorization')} expired` }, { status: 401 }),
    { headers },
  );
  await expect(generateText({ model, prompt: 'Hi' })).rejects.toThrow(
    /HTTP 401: Token \[authorization\] expired$/,
  );
});

/** All an error says to whoever logs it, causes and hidden properties included. */
function dump(error: unknown, depth = 0): string {
  if (depth > 5) return '';
  if (typeof error !== 'object' || error === null) return String(error);
  return Reflect.ownKeys(error)
    .map((name) => `${String(name)}=${dump(Reflect.get(error, name), depth + 1)}`)
    .join(' ');
}

describe('what cannot be sent is not printed', () => {
  test.each([
    ['a header of the provider', { headers: { authorization: `Bearer ${token}\nx` } }],
    ['a header of another script', { headers: async () => ({ 'x-api-key': `${token}→` }) }],
    ['a bearer token', { auth: { bearer: `${token}\nx` } }],
    ['an API key', { auth: { basic: { username: 'me', password: `${token}→` } } }],
  ])('%s', async (_, settings) => {
    const agent = createA2A({ ...settings, agents: { x: { endpoint: 'http://127.0.0.1:9' } } });
    const model = agent('x');
    const error: unknown = await generateText({ model, prompt: 'Hi', maxRetries: 0 }).catch(
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: 9 })).not.toContain(token);
  });

  test("a password in an agent's URL", () => {
    let error: unknown;
    try {
      createA2A()(`https://me:${token}@agent.example.com/#skill`);
    } catch (thrown) {
      error = thrown;
    }
    expect(NoSuchModelError.isInstance(error)).toBe(true);
    expect(inspect(error, { depth: 9 })).not.toContain(token);
    expect(String(error)).toContain('set `auth` or `headers`');
  });
});
