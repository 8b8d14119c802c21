import { generateText, streamText } from 'ai';
import { describe, expect, test, vi } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { fetchAgentCard } from '../../src/provider/agent/fetch-agent-card';
import { A2AAgentCardError } from '../../src/provider/client/a2a-error';
import { agentCard, agentUrl, card03, result, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const hello = result(say.message('Hello'));
const prompt = 'Hi';

describe('the card is fetched once', () => {
  test('for generations one after another, of any model of that agent', async () => {
    const { a2a, cards, requests } = scriptedAgent(hello);
    await generateText({ model: a2a(agentUrl), prompt });
    await generateText({ model: a2a.languageModel(agentUrl), prompt });
    await streamText({ model: a2a(agentUrl), prompt }).consumeStream();
    expect(cards()).toHaveLength(1);
    expect(requests()).toHaveLength(3);
  });

  test('for generations at the same time', async () => {
    const { model, cards, requests } = scriptedAgent(hello);
    await Promise.all(Array.from({ length: 5 }, () => generateText({ model, prompt })));
    await model.agentCard();
    expect(cards()).toHaveLength(1);
    expect(requests()).toHaveLength(5);
  });

  test('until its time is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { model, cards } = scriptedAgent(hello, { cardTtlMs: 1000 });
      await model.agentCard();
      vi.setSystemTime(Date.now() + 999);
      await model.agentCard();
      expect(cards()).toHaveLength(1);
      vi.setSystemTime(Date.now() + 1);
      await model.agentCard();
      expect(cards()).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test('but again after a failure', async () => {
    let isUp = false;
    const { fetch, cards } = scriptedAgent(hello);
    const a2a = createA2A({
      fetch: async (input, init) => (isUp ? fetch(input, init) : new Response('', { status: 503 })),
    });
    await expect(a2a(agentUrl).agentCard()).rejects.toMatchObject({
      name: 'AI_A2AAgentCardError',
      statusCode: 503,
      isRetryable: true,
    });
    isUp = true;
    await expect(a2a(agentUrl).agentCard()).resolves.toMatchObject({ name: 'Scripted' });
    await a2a(agentUrl).agentCard();
    expect(cards()).toHaveLength(1);
  });

  test('and one caller giving up takes it from none of the others', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { fetch, cards } = scriptedAgent(hello);
    const a2a = createA2A({
      fetch: async (input, init) => {
        await promise;
        return fetch(input, init);
      },
    });
    const abort = new AbortController();
    const givenUp = a2a(agentUrl).agentCard({ abortSignal: abort.signal });
    const other = a2a(agentUrl).agentCard();
    abort.abort(new Error('enough'));
    await expect(givenUp).rejects.toThrow('enough');
    resolve();
    await expect(other).resolves.toMatchObject({ name: 'Scripted' });
    expect(cards()).toHaveLength(1);
  });
});

describe('where the card is', () => {
  const cardAt =
    (found: string, seen: string[] = []) =>
    async (input: RequestInfo | URL) => {
      seen.push(String(input));
      return String(input) === found
        ? Response.json(agentCard())
        : new Response('no', { status: 404 });
    };
  const base = { agent: 'a', headers: {}, timeoutMs: 1000 };

  test.each([
    ['https://h.example', 'https://h.example/.well-known/agent-card.json'],
    ['https://h.example/', 'https://h.example/.well-known/agent-card.json'],
    ['https://h.example/a2a/x', 'https://h.example/a2a/x/.well-known/agent-card.json'],
    ['https://h.example/a2a/x//', 'https://h.example/a2a/x/.well-known/agent-card.json'],
    ['https://h.example/a?t=1#f', 'https://h.example/a/.well-known/agent-card.json?t=1'],
    ['https://h.example/my/Card.JSON?v=2', 'https://h.example/my/Card.JSON?v=2'],
  ])('%s → %s', async (url, found) => {
    const seen: string[] = [];
    await fetchAgentCard({ ...base, url, fetch: cardAt(found, seen) });
    expect(seen).toEqual([found]);
  });

  test('at agent.json, when agent-card.json is not found', async () => {
    const seen: string[] = [];
    const found = 'https://h.example/x/.well-known/agent.json';
    await fetchAgentCard({ ...base, url: 'https://h.example/x', fetch: cardAt(found, seen) });
    expect(seen).toEqual(['https://h.example/x/.well-known/agent-card.json', found]);
  });

  test('nowhere: says what was asked for first', async () => {
    const seen: string[] = [];
    const url = 'https://h.example';
    const error: unknown = await fetchAgentCard({ ...base, url, fetch: cardAt('', seen) }).catch(
      (error: unknown) => error,
    );
    expect(seen).toHaveLength(2);
    expect(error).toMatchObject({ statusCode: 404, isRetryable: false, agent: 'a' });
    expect(String(error)).toContain(
      '/.well-known/agent-card.json answered HTTP 404. Give the agent',
    );
  });

  test.each([401, 403, 500])('HTTP %i is not taken for "not found"', async (status) => {
    const seen: string[] = [];
    const fetch = async (input: RequestInfo | URL) => {
      seen.push(String(input));
      return new Response('', { status });
    };
    await expect(
      fetchAgentCard({ ...base, url: 'https://h.example', fetch }),
    ).rejects.toMatchObject({ statusCode: status });
    expect(seen).toHaveLength(1);
  });
});

describe('a card that is no card', () => {
  const withCard = (answer: () => Response | Promise<Response>) =>
    createA2A({ fetch: async () => answer() })(agentUrl).agentCard();

  test.each([
    ['HTML', () => new Response('<html>')],
    ['a JSON text', () => Response.json('card')],
    ['null', () => Response.json(null)],
    ['an empty object', () => Response.json({})],
    ['no interfaces', () => Response.json(agentCard({}, { supportedInterfaces: [] }))],
    ['interfaces of another kind', () => Response.json(agentCard({ url: 7 }))],
    ['nothing', () => new Response(null, { status: 204 })],
  ])('%s', async (_, answer) => {
    const error: unknown = await withCard(answer).catch((error: unknown) => error);
    expect(A2AAgentCardError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ isRetryable: false, url: expect.stringMatching(/card\.json$/) });
    expect(String(error)).toContain('is not an A2A agent card');
  });

  test('a connection that breaks off within the card', async () => {
    const error: unknown = await withCard(() => {
      const body = new ReadableStream({
        start: (controller) => controller.error(new TypeError('terminated')),
      });
      return new Response(body);
    }).catch((error: unknown) => error);
    expect(A2AAgentCardError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ isRetryable: true });
  });

  test('an interface without a binding is JSON-RPC', async () => {
    const card = agentCard({ protocolBinding: undefined });
    const { model, requests } = scriptedAgent(hello, { card });
    await expect(generateText({ model, prompt })).resolves.toMatchObject({ text: 'Hello' });
    expect(requests()[0]).toMatchObject({ url: `${agentUrl}/rpc`, rpc: 'SendMessage' });
  });

  test.each([
    [agentCard({ protocolVersion: 1 }), 'SendMessage'],
    [agentCard({ protocolVersion: 0.3 }), 'message/send'],
    [card03({ protocolVersion: 0.3 }), 'message/send'],
  ])('a version that is a number is that version', async (card, rpc) => {
    const { model, requests } = scriptedAgent(hello, { card });
    await expect(generateText({ model, prompt })).resolves.toMatchObject({ text: 'Hello' });
    expect(requests().map((request) => request.rpc)).toEqual([rpc]);
  });

  test.each([
    agentCard({ tenant: null }, { capabilities: null, skills: null, provider: null }),
    card03({ capabilities: null, skills: undefined, security: null, defaultInputModes: null }),
  ])('what is null or left out is not missed', async (card) => {
    const { model } = scriptedAgent(
      'protocolVersion' in card
        ? result({ kind: 'message', messageId: 'm', role: 'agent', parts: [] })
        : hello,
      { card },
    );
    await expect(generateText({ model, prompt })).resolves.toMatchObject({ finishReason: 'stop' });
  });
});
