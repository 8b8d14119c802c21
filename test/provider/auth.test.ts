import { generateText, streamText } from 'ai';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import type { A2AAuthOptions } from '../../src/provider/agent/auth-options';
import type { Peer, PeerOptions } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { agentCard, agentUrl, card03, result, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';
import { startTokenServer, type TokenServer } from './token-server';

expectSilentConsole();

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function tokenServer(options: { expiresIn?: number } = {}): Promise<TokenServer> {
  const server = await startTokenServer(options);
  open.push(server);
  return server;
}

type Kind = { in: 'header' | 'query' | 'cookie' } | 'bearer' | 'basic' | { tokenUrl: string };

/** A card's security, as each protocol version writes it. */
const dialects = {
  '1.0': {
    start: startSdk1Peer,
    card: (kind: Kind) => ({
      securitySchemes: { way: { scheme: wayIn1(kind) } },
      securityRequirements: [{ schemes: { way: { list: ['read'] } } }],
    }),
  },
  '0.3': {
    start: startSdk03Peer,
    card: (kind: Kind) => ({
      securitySchemes: { way: wayIn03(kind) },
      security: [{ way: ['read'] }],
    }),
  },
};

async function guarded(
  version: keyof typeof dialects,
  kind: Kind,
  allows: NonNullable<PeerOptions['allows']>,
): Promise<Peer> {
  const { start, card } = dialects[version];
  const peer = await start({ card: card(kind), allows });
  open.push(peer);
  return peer;
}

const prompt = 'completes';
const hello = 'Hello, wörld 🌍!';

describe.each(['1.0', '0.3'] as const)('an agent of protocol %s that asks for', (version) => {
  const key = 'key/with+odd=characters;';
  test.each([
    ['header', { headers: { 'x-key': key } }],
    ['query', { query: key }],
    ['cookie', { headers: { cookie: `x-key=${encodeURIComponent(key)}` } }],
  ] as const)('an API key in the %s', async (where, wanted) => {
    const peer = await guarded(version, { in: where }, ({ headers, url }) =>
      'query' in wanted
        ? new URL(url, 'http://h').searchParams.get('x-key') === wanted.query
        : Object.entries(wanted.headers).every(([name, value]) => headers[name] === value),
    );
    const model = createA2A({ auth: { apiKey: async () => key } })(peer.url);
    await expect(generateText({ model, prompt })).resolves.toMatchObject({ text: hello });
    await expect(streamText({ model, prompt }).text).resolves.toBe(hello);
    // The card was had without it.
    expect(JSON.stringify(peer.seen[0])).not.toContain('odd');
  });

  test('a bearer token, and the header the caller set wins', async () => {
    const peer = await guarded(version, 'bearer', ({ headers }) =>
      ['Bearer t-1', 'Bearer mine'].includes(headers['authorization'] as string),
    );
    const model = createA2A({ auth: { bearer: 't-1' } })(peer.url);
    await expect(generateText({ model, prompt })).resolves.toMatchObject({ text: hello });
    await generateText({ model, prompt, headers: { Authorization: 'Bearer mine' } });
    expect(peer.messages().map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer t-1',
      'Bearer mine',
    ]);
  });

  test('a password', async () => {
    const value = `Basic ${Buffer.from('Jörg:p:w').toString('base64')}`;
    const peer = await guarded(
      version,
      'basic',
      ({ headers }) => headers['authorization'] === value,
    );
    const model = createA2A({ auth: { basic: { username: 'Jörg', password: 'p:w' } } })(peer.url);
    await expect(generateText({ model, prompt })).resolves.toMatchObject({ text: hello });
  });

  test('OAuth 2 client credentials', async () => {
    const tokens = await tokenServer();
    const peer = await guarded(
      version,
      { tokenUrl: `${tokens.url}/token` },
      ({ headers }) => headers['authorization'] === `Bearer ${tokens.tokens.at(-1)}`,
    );
    const clientCredentials = {
      clientId: 'me',
      clientSecret: 's3cret',
      tokenOrigins: [tokens.url],
    };
    const model = createA2A({ auth: { clientCredentials } })(peer.url);
    await expect(generateText({ model, prompt })).resolves.toMatchObject({ text: hello });
    await expect(streamText({ model, prompt }).text).resolves.toBe(hello);
    expect(tokens.seen).toEqual([
      {
        path: '/token',
        authorization: `Basic ${Buffer.from('me:s3cret').toString('base64')}`,
        form: { grant_type: 'client_credentials', scope: 'read' },
      },
    ]);
  });

  test('what `auth` does not have: nothing is sent', async () => {
    const peer = await guarded(version, { in: 'header' }, () => true);
    const model = createA2A({ auth: { bearer: 't' } })(peer.url);
    await expect(generateText({ model, prompt })).rejects.toMatchObject({
      name: 'AI_A2AAuthError',
      isRetryable: false,
      message: expect.stringContaining('requires way (apiKey), which `auth` does not provide'),
    });
    expect(peer.messages()).toEqual([]);
  });
});

describe('a refused credential', () => {
  test('is renewed once, and the message goes out once more', async () => {
    const tokens = await tokenServer();
    const revoked = new Set<unknown>();
    const peer = await guarded(
      '1.0',
      { tokenUrl: `${tokens.url}/token` },
      ({ headers }) => !revoked.has(headers['authorization']),
    );
    const auth = { clientCredentials: client(tokens) };
    const a2a = createA2A({ auth });
    await generateText({ model: a2a(peer.url), prompt });
    revoked.add(`Bearer ${tokens.tokens[0]}`);
    await expect(generateText({ model: a2a(peer.url), prompt })).resolves.toMatchObject({
      text: hello,
    });
    await expect(streamText({ model: a2a(peer.url), prompt }).text).resolves.toBe(hello);
    expect(tokens.tokens).toHaveLength(2);
    expect(peer.messages()).toHaveLength(4);
  });

  test('is renewed once by all who run into it at the same time', async () => {
    const tokens = await tokenServer();
    const revoked = new Set<unknown>();
    const peer = await guarded(
      '1.0',
      { tokenUrl: `${tokens.url}/token` },
      ({ headers }) => !revoked.has(headers['authorization']),
    );
    const model = createA2A({ auth: { clientCredentials: client(tokens) } })(peer.url);
    const calls = () =>
      Promise.all(Array.from({ length: 5 }, () => generateText({ model, prompt: 'bare message' })));
    await calls();
    expect(tokens.tokens).toHaveLength(1);
    revoked.add(`Bearer ${tokens.tokens[0]}`);
    await calls();
    expect(tokens.tokens).toHaveLength(2);
  });

  test('of a function is asked for again; one that stays the same is not shown twice', async () => {
    const asked: boolean[] = [];
    const { a2a, requests } = scriptedAgent(() => new Response('', { status: 401 }), {
      card: card03({
        securitySchemes: { way: { type: 'http', scheme: 'Bearer' } },
        security: [{ way: [] }],
      }),
      agents: {
        changing: {
          url: agentUrl,
          auth: {
            bearer: ({ refresh }) => {
              asked.push(refresh);
              return `t-${asked.length}`;
            },
          },
        },
        fixed: { url: agentUrl, auth: { bearer: 'fixed' } },
      },
    });
    for (const [name, sent] of [
      ['changing', 2],
      ['fixed', 1],
    ] as const) {
      const before = requests().length;
      await expect(generateText({ model: a2a(name), prompt })).rejects.toMatchObject({
        name: 'AI_A2AProtocolError',
        statusCode: 401,
      });
      expect(requests().length - before).toBe(sent);
    }
    expect(asked).toEqual([false, true]);
  });

  test('403 and 500 are no reason to send anything again', async () => {
    for (const status of [403, 500]) {
      let token = 0;
      const { model, requests } = scriptedAgent(() => new Response('', { status }), {
        auth: { bearer: () => `t-${++token}` },
      });
      await expect(generateText({ model, prompt })).rejects.toMatchObject({ statusCode: status });
      expect(requests()).toHaveLength(1);
    }
  });
});

describe('tokens', () => {
  test('are asked for again when they are about to expire', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const tokens = await tokenServer({ expiresIn: 3600 });
    const { model } = scriptedAgent(result(say.message('Hello')), {
      fetch: fetchAgent(oauthCard(`${tokens.url}/token`)),
      auth: { clientCredentials: client(tokens) },
    });
    await generateText({ model, prompt });
    await generateText({ model, prompt });
    expect(tokens.tokens).toHaveLength(1);
    vi.setSystemTime(Date.now() + 3_590_000);
    await generateText({ model, prompt });
    expect(tokens.tokens).toHaveLength(2);
  });

  test('go with scopes, parameters and a secret in the body as configured', async () => {
    const tokens = await tokenServer();
    const model = createA2A({
      fetch: fetchAgent(oauthCard('https://stranger.example.net/token')),
      auth: {
        clientCredentials: {
          clientId: 'me',
          clientSecret: () => 's3cret',
          tokenUrl: `${tokens.url}/mine`,
          scopes: ['a', 'b'],
          parameters: { audience: 'agents' },
          authentication: 'body',
        },
      },
    })(agentUrl);
    await generateText({ model, prompt });
    expect(tokens.seen).toEqual([
      {
        path: '/mine',
        authorization: undefined,
        form: {
          grant_type: 'client_credentials',
          scope: 'a b',
          audience: 'agents',
          client_id: 'me',
          client_secret: 's3cret',
        },
      },
    ]);
  });

  test('by way of OpenID Connect', async () => {
    const tokens = await tokenServer();
    const openIdConnectUrl = `${tokens.url}/.well-known/openid-configuration`;
    for (const securitySchemes of [
      { way: { openIdConnectSecurityScheme: { openIdConnectUrl } } },
      { way: { type: 'openIdConnect', openIdConnectUrl } },
    ]) {
      const model = createA2A({
        fetch: fetchAgent(
          agentCard({}, { securitySchemes, securityRequirements: [{ schemes: { way: {} } }] }),
        ),
        auth: { clientCredentials: client(tokens) },
      })(agentUrl);
      await generateText({ model, prompt });
      expect(tokens.seen.at(-1)?.path).toBe('/oidc/token');
    }
  });

  test.each([
    ['elsewhere', 'https://stranger.example.net/token'],
    ['by another port', `${agentUrl}:8443/token`],
    ['without TLS', agentUrl.replace('https:', 'http:')],
    ['nowhere', 'http://['],
  ])('a card cannot have the secret sent %s', async (_, tokenUrl) => {
    const sent: string[] = [];
    const fetch = fetchAgent(oauthCard(tokenUrl), sent);
    for (const trustCardUrl of [false, true]) {
      const a2a = createA2A({
        fetch,
        trustCardUrl,
        auth: { clientCredentials: { clientId: 'me', clientSecret: 's3cret' } },
      });
      await expect(generateText({ model: a2a(agentUrl), prompt })).rejects.toMatchObject({
        name: 'AI_A2AAuthError',
        message: expect.stringContaining('client secret would be sent there'),
      });
    }
    expect(sent.every((url) => url.endsWith('/.well-known/agent-card.json'))).toBe(true);
  });

  test('an OpenID Connect provider cannot have it sent elsewhere, either', async () => {
    const sent: string[] = [];
    const openIdConnectUrl = `${agentUrl}/openid`;
    const agent = fetchAgent(
      agentCard({}, { securitySchemes: { way: { type: 'openIdConnect', openIdConnectUrl } } }),
      sent,
    );
    const a2a = createA2A({
      fetch: async (input, init) =>
        String(input) === openIdConnectUrl
          ? Response.json({ token_endpoint: 'https://stranger.example.net/token' })
          : agent(input, init),
      auth: { clientCredentials: { clientId: 'me', clientSecret: 's3cret' } },
    });
    await expect(generateText({ model: a2a(agentUrl), prompt })).rejects.toMatchObject({
      name: 'AI_A2AAuthError',
    });
    expect(sent.every((url) => url.startsWith(agentUrl))).toBe(true);
  });

  test('on the agent’s own origin are had without being asked for more', async () => {
    const fetch = fetchAgent(oauthCard('/token'));
    const auth = { clientCredentials: { clientId: 'me', clientSecret: 's3cret' } };
    const sent: string[] = [];
    const a2a = createA2A({
      auth,
      fetch: async (input, init) => {
        sent.push(`${String(input)} ${new Headers(init?.headers).get('authorization')}`);
        return String(input).endsWith('/token')
          ? Response.json({ access_token: 'own' })
          : fetch(input, init);
      },
    });
    await generateText({ model: a2a(agentUrl), prompt });
    expect(sent.slice(1)).toEqual([
      `${agentUrl}/token Basic ${btoa('me:s3cret')}`,
      `${agentUrl}/rpc Bearer own`,
    ]);
  });

  test.each([
    ['a redirect', 302, false],
    ['a refusal', 401, false],
    ['a breakdown', 503, true],
  ])('%s of the token endpoint is an error of its own', async (_, status, isRetryable) => {
    const tokens = await tokenServer();
    const thief = await tokenServer();
    tokens.answerWith((response) =>
      response
        .writeHead(status, { location: `${thief.url}/token`, 'content-type': 'application/json' })
        .end(JSON.stringify({ error: 'invalid_client', error_description: 'me:s3cret is wrong' })),
    );
    const model = createA2A({
      fetch: fetchAgent(oauthCard(`${tokens.url}/token`)),
      auth: { clientCredentials: client(tokens) },
    })(agentUrl);
    await expect(generateText({ model, prompt, maxRetries: 0 })).rejects.toMatchObject({
      name: 'AI_A2AAuthError',
      statusCode: status,
      isRetryable,
      message: expect.stringMatching(/invalid_client/),
    });
    expect(thief.seen).toEqual([]);
  });
});

describe('of several ways in', () => {
  const securitySchemes = {
    key: { apiKeySecurityScheme: { location: 'header', name: 'X-Key' } },
    other: { type: 'apiKey', in: 'header', name: 'X-Other' },
    token: { httpAuthSecurityScheme: { scheme: 'Bearer' } },
    password: { type: 'http', scheme: 'basic' },
    cert: { mtlsSecurityScheme: {} },
    odd: { type: 'http', scheme: 'digest' },
    both: {
      type: 'oauth2',
      flows: {
        authorizationCode: { authorizationUrl: 'https://x', tokenUrl: 'https://x', scopes: {} },
        clientCredentials: { tokenUrl: '/token', scopes: {} },
      },
    },
  };
  const needs = (...alternatives: string[][]) => ({
    securitySchemes,
    securityRequirements: alternatives.map((names) => ({
      schemes: Object.fromEntries(names.map((name) => [name, { list: [] }])),
    })),
  });
  const sent = async (declared: object, auth: A2AAuthOptions) => {
    const { model, requests } = scriptedAgent(result(say.message('Hello')), {
      auth,
      card: agentCard({}, { ...declared }),
    });
    await generateText({ model, prompt });
    const headers = requests()[0]?.headers;
    return ['x-key', 'x-other', 'authorization'].map((name) => headers?.get(name) ?? '');
  };
  const apiKey = 'k';
  const bearer = 't';

  test.each([
    ['the first that can be satisfied', needs(['odd'], ['token'], ['key']), ['', '', 'Bearer t']],
    [
      'all that one asks for together',
      needs(['odd', 'key'], ['key', 'token']),
      ['k', '', 'Bearer t'],
    ],
    ['a certificate is the connection’s business', needs(['cert', 'key']), ['k', '', '']],
    ['a bearer token does for OAuth 2', needs(['both']), ['', '', 'Bearer t']],
    ['a way in before none', needs([], ['key']), ['k', '', '']],
    ['none, where none is needed', needs([], ['odd']), ['', '', '']],
    ['the first declared, where none is required', { securitySchemes }, ['k', '', '']],
    ['a bearer token, where nothing is declared', {}, ['', '', 'Bearer t']],
  ])('%s', async (_, declared, headers) => {
    expect(await sent(declared, { apiKey, bearer })).toEqual(headers);
  });

  test('a password, where nothing is declared and there is no token', async () => {
    const basic = { username: 'me', password: 'p' };
    expect(await sent({}, { basic, apiKey })).toEqual(['', '', `Basic ${btoa('me:p')}`]);
  });

  test.each([
    ['a scheme that is not declared', { securityRequirements: [{ schemes: { __proto__: {} } }] }],
    ['garbage', { securitySchemes: 7, securityRequirements: 'x' }],
    [
      'a header that cannot be',
      { securitySchemes: { k: { type: 'apiKey', in: 'header', name: 'a b' } } },
    ],
  ])('%s breaks nothing', async (_, declared) => {
    await expect(sent(declared, { apiKey })).resolves.toEqual(['', '', '']);
  });

  test('a guarded card is had with what needs no declaration', async () => {
    const { fetch, cards } = scriptedAgent(result(say.message('Hello')));
    const a2a = createA2A({
      auth: { bearer: 't' },
      cardTtlMs: 0,
      fetch: async (input, init) => {
        const isKnown = new Headers(init?.headers).get('authorization') === 'Bearer t';
        const response = await fetch(input, init);
        return isKnown ? response : new Response('', { status: 401 });
      },
    });
    await generateText({ model: a2a(agentUrl), prompt });
    await generateText({ model: a2a(agentUrl), prompt });
    expect(cards().map(({ headers }) => headers.get('authorization'))).toEqual([
      null,
      'Bearer t',
      'Bearer t',
    ]);
  });

  test('an endpoint without a card gets what needs no declaration', async () => {
    const { a2a, requests } = scriptedAgent(result(say.message('Hello')), {
      agents: { direct: { endpoint: `${agentUrl}/rpc`, auth: { bearer: 't' } } },
    });
    await generateText({ model: a2a('direct'), prompt });
    expect(requests()[0]?.headers.get('authorization')).toBe('Bearer t');
  });

  test('a function that fails is an error of its own', async () => {
    const { model, requests } = scriptedAgent(result(say.message('Hello')), {
      auth: { bearer: () => Promise.reject(new Error('vault is sealed')) },
    });
    await expect(generateText({ model, prompt })).rejects.toMatchObject({
      name: 'AI_A2AAuthError',
      cause: expect.objectContaining({ message: 'vault is sealed' }),
    });
    expect(requests()).toEqual([]);
  });
});

function client(tokens: TokenServer) {
  return { clientId: 'me', clientSecret: 's3cret', tokenOrigins: [tokens.url] };
}

function oauthCard(tokenUrl: string): object {
  return agentCard(
    {},
    {
      securitySchemes: {
        way: { oauth2SecurityScheme: { flows: { clientCredentials: { tokenUrl, scopes: {} } } } },
      },
      securityRequirements: [{ schemes: { way: { list: [] } } }],
    },
  );
}

/** The agent is made up, all else is real. */
function fetchAgent(card: object, sent: string[] = []): typeof globalThis.fetch {
  const { fetch } = scriptedAgent(result(say.message('Hello')), { card });
  return async (input, init) => {
    sent.push(String(input));
    return String(input).startsWith(`${agentUrl}/`)
      ? fetch(input, init)
      : globalThis.fetch(input, init);
  };
}

function wayIn1(kind: Kind): object {
  const description = '';
  if (kind === 'bearer' || kind === 'basic') {
    const value = { description, scheme: kind, bearerFormat: '' };
    return { $case: 'httpAuthSecurityScheme', value };
  }
  if ('in' in kind) {
    const value = { description, location: kind.in, name: 'x-key' };
    return { $case: 'apiKeySecurityScheme', value };
  }
  const flow = { tokenUrl: kind.tokenUrl, refreshUrl: '', scopes: { read: '' } };
  const flows = { flow: { $case: 'clientCredentials', value: flow } };
  return { $case: 'oauth2SecurityScheme', value: { description, flows, oauth2MetadataUrl: '' } };
}

function wayIn03(kind: Kind): object {
  if (kind === 'bearer' || kind === 'basic') return { type: 'http', scheme: kind };
  if ('in' in kind) return { type: 'apiKey', in: kind.in, name: 'x-key' };
  const { tokenUrl } = kind;
  return { type: 'oauth2', flows: { clientCredentials: { tokenUrl, scopes: { read: '' } } } };
}
