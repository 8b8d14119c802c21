import { canonicalizeAgentCard, generateAgentCardSignature, type AgentCard } from '@a2a-js/sdk';
import { generateText } from 'ai';
import { exportJWK, FlattenedSign, generateKeyPair, type JWK } from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import type { A2ACardKeys } from '../../src/provider/agent/verify-card-signature';
import { toSortedJson } from '../../src/internal/to-sorted-json';
import type { Peer } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { agentCard, agentUrl, card03, result, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const peers: Peer[] = [];
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

async function started(start: Promise<Peer>): Promise<Peer> {
  const peer = await start;
  peers.push(peer);
  return peer;
}

const hello = result(say.message('Hello'));
const prompt = 'completes';

describe('a card whose time is over', () => {
  test.each([startSdk1Peer, startSdk03Peer])('is kept when it has not changed', async (start) => {
    const peer = await started(start());
    const statuses: number[] = [];
    const a2a = createA2A({
      cardTtlMs: 0,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        statuses.push(response.status);
        return response;
      },
    });
    const first = await a2a.agentCard(peer.url);
    await expect(a2a.agentCard(peer.url)).resolves.toEqual(first);
    // The 0.3 server gives its card no ETag of its own.
    expect(statuses[0]).toBe(200);
    expect([200, 304]).toContain(statuses[1]);
    if (start === startSdk1Peer) expect(statuses[1]).toBe(304);
  });

  test('is replaced when it has', async () => {
    let version = 1;
    const asked: (string | null)[] = [];
    const a2a = createA2A({
      cardTtlMs: 0,
      fetch: async (_, init) => {
        const tag = new Headers(init?.headers).get('if-none-match');
        asked.push(tag);
        const etag = `"${version}"`;
        return tag === etag
          ? new Response(null, { status: 304 })
          : Response.json(agentCard({}, { name: `v${version}` }), { headers: { etag } });
      },
    });
    const names: (string | undefined)[] = [];
    for (const now of [1, 1, 2, 2]) {
      version = now;
      names.push((await a2a.agentCard(agentUrl))?.name);
    }
    expect(names).toEqual(['v1', 'v1', 'v2', 'v2']);
    expect(asked).toEqual([null, '"1"', '"1"', '"2"']);
  });

  test('is asked for where it was found, and looked for again when it is gone', async () => {
    const places = [
      '/.well-known/agent.json',
      '/.well-known/agent.json',
      '/.well-known/agent-card.json',
    ];
    const asked: string[] = [];
    let turn = 0;
    const a2a = createA2A({
      cardTtlMs: 0,
      fetch: async (input) => {
        asked.push(new URL(String(input)).pathname.slice('/.well-known/'.length));
        return String(input).endsWith(places[turn] ?? '')
          ? Response.json(agentCard())
          : new Response('', { status: 404 });
      },
    });
    for (turn = 0; turn < places.length; turn++) await a2a.agentCard(agentUrl);
    expect(asked).toEqual([
      'agent-card.json',
      'agent.json',
      'agent.json',
      'agent.json',
      'agent-card.json',
    ]);
  });

  test('a 304 that nobody asked for is no card', async () => {
    const a2a = createA2A({ fetch: async () => new Response(null, { status: 304 }) });
    await expect(a2a.agentCard(agentUrl)).rejects.toMatchObject({ statusCode: 304 });
  });
});

test('a card of 10 MB is not read to its end', async () => {
  let given = 0;
  const chunk = new TextEncoder().encode('x'.repeat(100_000));
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      given += chunk.length;
      if (given > 10_000_000) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const a2a = createA2A({ fetch: async () => new Response(body) });
  await expect(a2a.agentCard(agentUrl)).rejects.toMatchObject({
    name: 'AI_A2AAgentCardError',
    message: expect.stringContaining('is larger than 1 MiB'),
  });
  expect(given).toBeLessThan(2_000_000);
});

test('a card that nests without end is none', async () => {
  const deep = `{"url":"${agentUrl}","capabilities":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  const a2a = createA2A({ fetch: async () => new Response(deep) });
  await a2a.agentCard(agentUrl).then(
    (card) => expect(card?.supportedInterfaces).toHaveLength(1),
    (error: unknown) => expect(error).toMatchObject({ name: 'AI_A2AAgentCardError' }),
  );
});

describe('a full card URL', () => {
  test('is asked as it is, and messages go where the card says', async () => {
    const { fetch, calls } = scriptedAgent(hello);
    const a2a = createA2A({ fetch, agents: { one: { url: `${agentUrl}/cards/one.json?v=2` } } });
    await generateText({ model: a2a('one'), prompt });
    expect(calls.map(({ url }) => url)).toEqual([
      `${agentUrl}/cards/one.json?v=2`,
      `${agentUrl}/rpc`,
    ]);
  });
});

describe('a card behind a gateway', () => {
  test.each([
    ['http instead of https', `${agentUrl.replace('https', 'http')}/rpc`],
    ['this machine', 'http://localhost:8000/rpc'],
    ['no host at all', '/rpc'],
  ])('that names %s means the gateway', async (_, url) => {
    const { model, requests } = scriptedAgent(hello, {
      card: agentCard({ url }),
      headers: { authorization: 'Bearer top-secret' },
    });
    await generateText({ model, prompt });
    expect(requests().map((request) => request.url)).toEqual([`${agentUrl}/rpc`]);
  });

  test.each(['http://agent:8000/rpc', 'http://10.0.0.7/rpc', 'https://inner.example.net/rpc'])(
    'that names another machine is told how it can be reached: %s',
    async (url) => {
      const { model, requests } = scriptedAgent(hello, { card: agentCard({ url }) });
      await expect(generateText({ model, prompt })).rejects.toThrow(
        /directs requests to .*, not to https:\/\/agent\.example\.com\..*`trustCardUrl: true`.*`endpoint`/,
      );
      expect(requests()).toEqual([]);
    },
  );
});

describe('the card for callers it knows', () => {
  const terms = (account: string) => [
    { uri: 'urn:pay', description: '', required: false, params: { account } },
  ];
  const kinds = [
    {
      name: '1.x, JSON-RPC',
      start: (binding: 'JSONRPC' | 'HTTP+JSON') =>
        startSdk1Peer({
          binding,
          card: { capabilities: { streaming: true, extensions: [], extendedAgentCard: true } },
          extendedCard: {
            name: 'For friends',
            capabilities: {
              streaming: true,
              extensions: terms('friends'),
              extendedAgentCard: true,
            },
          },
        }),
    },
    {
      name: '0.3, JSON-RPC',
      start: (binding: 'JSONRPC' | 'HTTP+JSON') =>
        startSdk03Peer({
          binding,
          card: { supportsAuthenticatedExtendedCard: true },
          extendedCard: {
            name: 'For friends',
            capabilities: { streaming: true, extensions: terms('friends') },
          },
        }),
    },
  ];
  describe.each(kinds)('$name', ({ start }) => {
    test.each(['JSONRPC', 'HTTP+JSON'] as const)('is had with credentials: %s', async (binding) => {
      const peer = await started(start(binding));
      for (const settings of [
        { auth: { bearer: 't' } },
        { headers: { Authorization: 'Bearer t' } },
      ]) {
        const a2a = createA2A(settings);
        await expect(a2a.agentCard(peer.url)).resolves.toMatchObject({
          name: 'For friends',
          capabilities: { extensions: [{ params: { account: 'friends' } }] },
        });
        const before = peer.seen.length;
        await generateText({ model: a2a(peer.url), prompt });
        // Kept like any other.
        expect(peer.seen.length - before).toBe(1);
      }
    });

    test('is not asked for without', async () => {
      const peer = await started(start('JSONRPC'));
      const a2a = createA2A({ headers: { 'x-trace': '1' } });
      await expect(a2a.agentCard(peer.url)).resolves.not.toMatchObject({ name: 'For friends' });
      expect(peer.seen).toHaveLength(1);
    });
  });

  test.each([
    ['refuses', () => new Response('', { status: 403 })],
    [
      'has none after all',
      () => Response.json({ jsonrpc: '2.0', id: null, error: { code: -32007, message: 'x' } }),
    ],
    ['answers with something else', () => Response.json({ jsonrpc: '2.0', id: null, result: {} })],
  ])('the public card does when the agent %s', async (_, answer) => {
    const card = agentCard({}, { capabilities: { extendedAgentCard: true } });
    const { a2a } = scriptedAgent(answer, { card, auth: { bearer: 't' } });
    await expect(a2a.agentCard(agentUrl)).resolves.toMatchObject({ name: 'Scripted' });
  });

  test('it cannot send callers elsewhere, either', async () => {
    const card = agentCard({}, { capabilities: { extendedAgentCard: true } });
    const { model, requests } = scriptedAgent(
      result(agentCard({ url: 'https://thief.example.net/rpc' })),
      { card, auth: { bearer: 't' } },
    );
    await expect(generateText({ model, prompt })).rejects.toMatchObject({
      name: 'AI_A2AAgentCardError',
    });
    expect(requests().map(({ rpc }) => rpc)).toEqual(['GetExtendedAgentCard']);
  });
});

describe('signed cards', async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const stranger = await generateKeyPair('ES256', { extractable: true });
  const publicKey = { ...(await exportJWK(pair.publicKey)), kid: 'k-1', alg: 'ES256' };
  const otherKey = { ...(await exportJWK(stranger.publicKey)), kid: 'k-1' };
  const keys = { keys: [keyOf(publicKey)] };
  const header = { alg: 'ES256', kid: 'k-1', typ: 'JOSE' };
  const signer = generateAgentCardSignature(pair.privateKey, header);
  const securitySchemes = {
    way: {
      scheme: {
        $case: 'apiKeySecurityScheme',
        value: { description: '', location: 'header', name: 'x-key' },
      },
    },
  };

  test('by a real server are taken', async () => {
    const peer = await started(startSdk1Peer({ signer, card: { securitySchemes } }));
    for (const cardKeys of [
      keys,
      { keys: [keyOf(otherKey), { ...keyOf(publicKey), kid: undefined }].map(keyOf) },
      async ({ keyId }: { keyId: string | undefined }) =>
        keyId === 'k-1' ? keyOf(publicKey) : undefined,
    ]) {
      const { text } = await generateText({ model: createA2A({ cardKeys })(peer.url), prompt });
      expect(text).toBe('Hello, wörld 🌍!');
    }
  });

  test.each([
    ['none', { signatures: [] }, 'is not signed'],
    ['changed afterwards', { name: 'Somebody else' }, 'bears no valid signature'],
    [
      'with another address',
      { supportedInterfaces: [{ url: `${agentUrl}/other`, protocolBinding: 'JSONRPC' }] },
      'bears no valid signature',
    ],
    ['garbage', { signatures: [{ protected: '%', signature: 'x' }] }, 'bears no valid signature'],
  ])('%s: a typed error, and nothing is sent', async (_, change, message) => {
    const signed = await signer(agentCard() as unknown as AgentCard);
    const { model, requests } = scriptedAgent(hello, {
      card: { ...signed, ...change },
      cardKeys: keys,
    });
    await expect(generateText({ model, prompt })).rejects.toMatchObject({
      name: 'AI_A2AAgentCardError',
      isRetryable: false,
      message: expect.stringContaining(message),
    });
    expect(requests()).toEqual([]);
  });

  test('by a stranger, or with a shared secret, are refused', async () => {
    const secret = new TextEncoder().encode('0123456789abcdef0123456789abcdef');
    const byStranger = generateAgentCardSignature(stranger.privateKey, header);
    const bySecret = async (card: AgentCard) => ({
      ...card,
      signatures: [
        await new FlattenedSign(new TextEncoder().encode(canonicalizeAgentCard(card)))
          .setProtectedHeader({ ...header, alg: 'HS256' })
          .sign(secret),
      ],
    });
    const oct = keyOf({ kty: 'oct', k: Buffer.from(secret).toString('base64url'), kid: 'k-1' });
    for (const [sign, cardKeys] of [
      [byStranger, keys],
      [bySecret, { keys: [oct] }],
    ] satisfies [(card: AgentCard) => Promise<object>, A2ACardKeys][]) {
      const card = await sign(agentCard() as unknown as AgentCard);
      const { a2a } = scriptedAgent(hello, { card, cardKeys });
      await expect(a2a.agentCard(agentUrl)).rejects.toThrow(/bears no valid signature/);
    }
  });

  test('of protocol 0.3 cover the address', async () => {
    const card = card03();
    const jws = await new FlattenedSign(new TextEncoder().encode(toSortedJson(card)))
      .setProtectedHeader(header)
      .sign(pair.privateKey);
    const signed = {
      ...card,
      signatures: [{ protected: jws.protected, signature: jws.signature }],
    };
    const take = (served: object) =>
      scriptedAgent(hello, { card: served, cardKeys: keys }).a2a.agentCard(agentUrl);
    await expect(take(signed)).resolves.toMatchObject({ name: 'Scripted' });
    await expect(take({ ...signed, url: `${agentUrl}/other` })).rejects.toThrow(
      /no valid signature/,
    );
  });

  test('the one for callers it knows must be signed as well', async () => {
    const capabilities = { extendedAgentCard: true, extensions: [] };
    const card = await signer(agentCard({}, { capabilities }) as unknown as AgentCard);
    const { a2a } = scriptedAgent(result(agentCard({}, { name: 'Forged' })), {
      card,
      cardKeys: keys,
      auth: { bearer: 't' },
    });
    await expect(a2a.agentCard(agentUrl)).rejects.toThrow(/is not signed/);
  });
});

describe('checkHealth', () => {
  test('takes its default time where the options hold undefined', async () => {
    const { a2a } = scriptedAgent(result(say.message('Hello')));
    const { none } = JSON.parse('{}');
    expect(await a2a.checkHealth(agentUrl, { timeoutMs: none })).toMatchObject({ isHealthy: true });
  });

  test('of an agent that is there, one that is not, and one that sends elsewhere', async () => {
    const peer = await started(startSdk1Peer());
    const gone = await startSdk1Peer();
    await gone.close();
    const { fetch } = scriptedAgent(hello, { card: agentCard({ url: 'https://x.example.net' }) });
    expect(await createA2A().checkHealth(peer.url)).toEqual({
      isHealthy: true,
      latencyMs: expect.any(Number),
    });
    expect(peer.messages()).toEqual([]);
    expect(await createA2A().checkHealth(gone.url)).toMatchObject({
      isHealthy: false,
      error: { name: 'AI_A2AAgentCardError', isRetryable: true },
    });
    expect(await createA2A({ fetch }).checkHealth(agentUrl)).toMatchObject({
      isHealthy: false,
      error: { name: 'AI_A2AAgentCardError' },
    });
  });

  test('asks anew, and what it hears is kept', async () => {
    const { a2a, cards } = scriptedAgent(hello);
    await a2a.agentCard(agentUrl);
    await a2a.checkHealth(agentUrl);
    expect(cards()).toHaveLength(2);
    await a2a.agentCard(agentUrl);
    expect(cards()).toHaveLength(2);
  });

  test('of an endpoint: any answer but that of a server that is down', async () => {
    for (const [status, isHealthy] of [
      [405, true],
      [500, false],
    ] as const) {
      const a2a = createA2A({
        agents: { direct: { endpoint: agentUrl } },
        fetch: async () => new Response('', { status }),
      });
      expect(await a2a.checkHealth('direct')).toMatchObject({ isHealthy });
    }
  });

  test('takes no longer than it may', async () => {
    const a2a = createA2A({
      fetch: (_, init) =>
        new Promise((__, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
        }),
    });
    const health = await a2a.checkHealth(agentUrl, { timeoutMs: 20 });
    expect(health).toMatchObject({ isHealthy: false, error: { isRetryable: true } });
  });
});

/** What `exportJWK` is typed as is wider than what the web knows. */
function keyOf({ kty, crv, x, y, k, kid }: JWK) {
  const given = { kty, crv, x, y, k, kid };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
