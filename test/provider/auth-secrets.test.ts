import { generateText, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import type { A2AAuthOptions } from '../../src/provider/agent/auth-options';
import {
  agentCard,
  agentUrl,
  result,
  results,
  say,
  scriptedAgent,
  sse,
  type Call,
} from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const key = 'k3y/of+the=agent';
const password = 'pa55word-of-mine';
const clientSecret = 'cl1ent-secret-of-mine';
const accessToken = 'acc3ss-token-4711';
const bearer = 'bear3r-token-0815';
const basic = btoa(`me:${password}`);
const secrets = [key, encodeURIComponent(key), password, clientSecret, accessToken, bearer, basic];

const way = (securityScheme: object) =>
  agentCard(
    {},
    { securitySchemes: { way: securityScheme }, securityRequirements: [{ schemes: { way: {} } }] },
  );
const apiKey = (where: string) => way({ type: 'apiKey', in: where, name: 'x-key' });
const flows = { clientCredentials: { tokenUrl: `${agentUrl}/token`, scopes: {} } };

const ways: Record<string, { card: object; auth: A2AAuthOptions }> = {
  'an API key in the header': { card: apiKey('header'), auth: { apiKey: key } },
  'an API key in the query': { card: apiKey('query'), auth: { apiKey: () => key } },
  'an API key in the cookie': { card: apiKey('cookie'), auth: { apiKey: key } },
  'a bearer token': { card: way({ type: 'http', scheme: 'bearer' }), auth: { bearer } },
  'a password': {
    card: way({ type: 'http', scheme: 'basic' }),
    auth: { basic: { username: 'me', password } },
  },
  'an access token': {
    card: way({ type: 'oauth2', flows }),
    auth: { clientCredentials: { clientId: 'me', clientSecret } },
  },
};

/** Hands back all that it can have learned. */
const echo = ({ headers, url }: Call) => {
  const said = [...headers].map(([name, value]) => `${name}=${value}`).join('; ');
  const basicValue = headers.get('authorization')?.replace('Basic ', '') ?? '';
  const decoded = /^[\w+/]+=*$/.test(basicValue) && basicValue === basic ? atob(basicValue) : '';
  return `Denied: ${url} ${decodeURIComponent(url)} ${said} ${decoded}`;
};

const answers: Record<string, (call: Call) => Response | Promise<Response>> = {
  'HTTP 401': (call) => Response.json({ detail: echo(call) }, { status: 401 }),
  'HTTP 500': (call) => Response.json({ error: { message: echo(call) } }, { status: 500 }),
  'HTTP 302': (call) => new Response(echo(call), { status: 302, headers: { location: call.url } }),
  'an error in HTTP 200': (call) =>
    Response.json({ jsonrpc: '2.0', id: call.id, error: { code: 1, message: echo(call) } }),
  'an error event': (call) =>
    sse([{ jsonrpc: '2.0', id: call.id, error: { code: 1, message: echo(call) } }]),
  'a failed task': (call) => result(say.task('FAILED', { said: echo(call) }))(call),
  'a failed task in a stream': (call) =>
    results(say.task('WORKING'), say.status('FAILED', echo(call)))(call),
  'an unheard-of kind': (call) => result({ kind: echo(call) })(call),
  'a network error that quotes': (call) => Promise.reject(new TypeError(echo(call))),
};

describe.each(Object.entries(ways))('%s', (_, { card, auth }) => {
  test.each(Object.entries(answers))('stays out of errors: %s', async (__, answer) => {
    const { fetch, requests } = scriptedAgent(answer, { card });
    const a2a = createA2A({
      auth,
      polling: { intervalMs: 1, timeoutMs: 50 },
      fetch: async (input, init) =>
        String(input).endsWith('/token')
          ? Response.json({ access_token: accessToken, token_type: 'Bearer' })
          : fetch(input, init),
    });
    const said = await saidBy(a2a(agentUrl));
    for (const secret of secrets) expect(said).not.toContain(secret);
    // It was there to be told.
    const shown = requests().map(echo).join();
    expect(secrets.some((secret) => shown.includes(secret))).toBe(true);
  });
});

test.each([
  ['refuses', () => Response.json({ error: `invalid_client ${clientSecret}` }, { status: 400 })],
  [
    'quotes',
    () =>
      Response.json({ error: 'invalid_client', error_description: clientSecret }, { status: 401 }),
  ],
  ['answers with no token', () => Response.json({ access_token: `${accessToken}\n` })],
  [
    'answers with another kind',
    () => Response.json({ access_token: accessToken, token_type: 'mac' }),
  ],
  ['breaks', () => Promise.reject(new TypeError(`failed: me:${clientSecret}`))],
  ['answers with a flood', () => new Response(clientSecret.repeat(10_000))],
])('a token endpoint that %s gets no secret into an error', async (_, answer) => {
  const { card, auth } = ways['an access token'] ?? { card: {}, auth: {} };
  const { fetch, requests } = scriptedAgent(result(say.message('Hello')), { card });
  const a2a = createA2A({
    auth,
    fetch: async (input, init) =>
      String(input).endsWith('/token') ? answer() : fetch(input, init),
  });
  const said = await saidBy(a2a(agentUrl));
  expect(said).toContain('AI_A2AAuthError');
  for (const secret of secrets) expect(said).not.toContain(secret);
  expect(requests()).toEqual([]);
});

async function saidBy(model: Parameters<typeof generateText>[0]['model']): Promise<string> {
  const errors: unknown[] = [];
  const call = { model, prompt: 'Hi', maxRetries: 0 };
  await generateText(call).catch((error: unknown) => errors.push(error));
  const streamed = streamText({ ...call, onError: ({ error }) => void errors.push(error) });
  await streamed.consumeStream();
  expect(errors).toHaveLength(2);
  return errors.map((error) => dump(error)).join('\n');
}

function dump(error: unknown, depth = 0): string {
  if (depth > 5) return '';
  if (typeof error !== 'object' || error === null) return String(error);
  return Reflect.ownKeys(error)
    .map((name) => `${String(name)}=${dump(Reflect.get(error, name), depth + 1)}`)
    .join(' ');
}
