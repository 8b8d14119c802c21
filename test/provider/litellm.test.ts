import { InvalidArgumentError, LoadSettingError, NoSuchModelError } from '@ai-sdk/provider';
import { createProviderRegistry, generateText, streamText, type ModelMessage } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { A2AProtocolError } from '../../src/provider/client/a2a-error';
import { createLiteLLM } from '../../src/provider/litellm/create-litellm';
import type { LiteLLMProviderSettings } from '../../src/provider/litellm/litellm-provider-settings';
import { gatewayAgent, startLiteLLMGateway, type LiteLLMGateway } from '../peers/litellm-gateway';
import type { Quirk } from '../peers/litellm-gateway-quirks';
import type { Peer } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

let agent: Peer;
let gateway: LiteLLMGateway;
beforeEach(async () => {
  agent = await startSdk03Peer();
  await startGateway();
  return async () => {
    await gateway.close();
    await agent.close();
  };
});
afterEach(() => vi.unstubAllEnvs());

async function startGateway(options: { quirk?: Quirk } = {}): Promise<void> {
  await gateway?.close();
  gateway = await startLiteLLMGateway({ upstream: agent.url, ...options });
}

function provider(settings: LiteLLMProviderSettings = {}) {
  const polling = { intervalMs: 10, timeoutMs: 60_000 };
  return createLiteLLM({ baseURL: gateway.url, apiKey: gateway.key, polling, ...settings });
}

const { id, name } = gatewayAgent;
const ask = (litellm: ReturnType<typeof provider>, prompt = 'completes') =>
  generateText({ model: litellm(name), prompt, maxRetries: 0 });

test('each request has an id that no other has: gateways log by it', async () => {
  const litellm = provider();
  for (const model of [litellm(name), provider()(name)]) {
    await generateText({ model, prompt: 'completes' });
    await streamText({ model, prompt: 'completes' }).consumeStream();
  }
  const ids = gateway.calls().map((call) => call['id']);
  expect(ids).toHaveLength(4);
  expect(new Set(ids).size).toBe(4);
  for (const one of ids) expect(one).toMatch(/^\w{16}$/);
});

describe('where it calls', () => {
  test.each(['', '/', '/v1', '/v1/'])('a base URL that ends with "%s"', async (end) => {
    await ask(provider({ baseURL: gateway.url + end }));
    expect(gateway.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST /a2a/${name}`,
    ]);
  });

  test('an agent by its id, and by a name of one’s own', async () => {
    const litellm = provider({ agents: { mine: { agent: id } } });
    await generateText({ model: litellm(id), prompt: 'completes' });
    await generateText({ model: litellm('mine'), prompt: 'completes' });
    expect(gateway.seen.map(({ path }) => path)).toEqual([`/a2a/${id}`, `/a2a/${id}`]);
    expect(litellm('mine').modelId).toBe('mine');
    expect(litellm('mine').provider).toBe('a2a.litellm');
  });

  test('a skill in the model id', async () => {
    const litellm = provider({ agents: { 'c#': { agent: name } } });
    await generateText({ model: litellm(`${name}#summarize`), prompt: 'completes' });
    await generateText({ model: litellm('c#'), prompt: 'completes' });
    expect(gateway.seen.map(({ path }) => path)).toEqual([`/a2a/${name}`, `/a2a/${name}`]);
    const metadata = gateway.calls().map(({ params }) => Object(params['message'])['metadata']);
    expect(metadata).toEqual([{ skillId: 'summarize' }, undefined]);
    expect(litellm(`${name}#summarize`).modelId).toBe(name);
  });

  test('whether an agent can be called', async () => {
    expect(await provider().checkHealth(name)).toMatchObject({ isHealthy: true });
    expect(await provider().checkHealth('nobody')).toMatchObject({
      isHealthy: false,
      error: { statusCode: 404 },
    });
    expect(await provider({ apiKey: 'sk-other' }).checkHealth(name)).toMatchObject({
      isHealthy: false,
      error: { statusCode: 401 },
    });
    await startGateway({ quirk: 'card names another address' });
    expect(await provider().checkHealth(`${name}#chat`)).toMatchObject({ isHealthy: true });
    expect(agent.messages()).toEqual([]);
    const late = provider({ fetch: () => new Promise(() => {}) });
    const abortSignal = AbortSignal.timeout(10);
    expect(await late.checkHealth(name, { abortSignal })).toMatchObject({ isHealthy: false });
    const { url } = gateway;
    await gateway.close();
    expect(await provider({ baseURL: url }).checkHealth(name)).toMatchObject({
      isHealthy: false,
      error: { isRetryable: true },
    });
  });

  test('a name is no path', async () => {
    const model = provider()('../v1/agents?a=b#/c');
    const error = await caught(generateText({ model, prompt: 'completes', maxRetries: 0 }));
    expect(error).toMatchObject({ statusCode: 404 });
    expect(gateway.seen[0]?.path).toBe('/a2a/..%2Fv1%2Fagents%3Fa%3Db%23%2Fc');
  });

  test('settings of the environment', async () => {
    vi.stubEnv('LITELLM_PROXY_API_BASE', gateway.url);
    vi.stubEnv('LITELLM_PROXY_API_KEY', gateway.key);
    const { text } = await generateText({ model: createLiteLLM()(name), prompt: 'completes' });
    expect(text).toBe('Hello, wörld 🌍!');
  });

  test('no base URL', () => {
    expect(() => createLiteLLM({})(name)).toThrow(LoadSettingError);
  });

  test('a base URL that is none', async () => {
    const litellm = createLiteLLM({ baseURL: 'gateway.example.com' });
    expect(() => litellm(name)).toThrow(LoadSettingError);
    await expect(litellm.agents()).rejects.toThrow('must begin with https:// or http://');
  });

  test('it fits into a registry, and has language models only', async () => {
    const litellm = provider();
    const registry = createProviderRegistry({ litellm });
    const model = registry.languageModel(`litellm:${name}`);
    expect((await generateText({ model, prompt: 'completes' })).text).toBe('Hello, wörld 🌍!');
    expect(() => litellm.embeddingModel('x')).toThrow(NoSuchModelError);
    expect(() => litellm.imageModel('x')).toThrow(NoSuchModelError);
    for (const none of ['', '.', '..', '..#skill']) {
      expect(() => litellm(none)).toThrow(NoSuchModelError);
    }
  });
});

describe('headers', () => {
  test('the key goes to the gateway, and not to the agent', async () => {
    await ask(provider({ headers: async () => ({ 'x-mine': '1' }) }));
    expect(gateway.seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${gateway.key}`,
      'x-mine': '1',
    });
    expect(JSON.stringify(agent.seen)).not.toContain(gateway.key);
    expect(agent.seen[0]?.headers['x-static']).toBe('of the gateway');
  });

  test('the key may go in the gateway’s own header', async () => {
    const headers = { authorization: 'Bearer of-the-user' };
    await ask(provider({ apiKeyHeader: 'x-litellm-api-key', headers }));
    expect(gateway.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer of-the-user',
      'x-litellm-api-key': `Bearer ${gateway.key}`,
    });
  });

  test('the agent’s reach the agent', async () => {
    const litellm = provider({
      agentHeaders: async () => ({ 'X-Tenant': 'acme', 'x-common': 'yes' }),
      agents: { [name]: { agentHeaders: { 'x-tenant': 'globex', Authorization: 'Bearer inner' } } },
    });
    await ask(litellm);
    expect(gateway.seen[0]?.headers['x-a2a-scraper-x-tenant']).toBe('globex');
    expect(agent.seen[0]?.headers).toMatchObject({
      'x-tenant': 'globex',
      'x-common': 'yes',
      authorization: 'Bearer inner',
    });
  });

  test('the protocol’s extensions, payments and traces are passed on', async () => {
    await generateText({
      model: provider()(name),
      prompt: 'completes',
      headers: { 'payment-signature': 'signed', traceparent: '00-1-2-01', 'x-other': 'stays' },
      providerOptions: { a2a: { extensions: ['urn:x'] } },
    });
    const { headers = {} } = agent.seen[0] ?? {};
    expect(headers['a2a-extensions'] ?? headers['x-a2a-extensions']).toBe('urn:x');
    expect(headers).toMatchObject({ 'payment-signature': 'signed', traceparent: '00-1-2-01' });
    expect(headers['x-other']).toBeUndefined();
    expect(gateway.seen[0]?.headers['x-other']).toBe('stays');
  });

  test('a name that fits into no header', async () => {
    const litellm = provider({ agentHeaders: { 'x-tenant': 'acme' } });
    const model = litellm('Web Scräper');
    await expect(generateText({ model, prompt: 'Hi' })).rejects.toThrow(InvalidArgumentError);
    expect(gateway.seen).toEqual([]);
    const byId = provider({
      agentHeaders: { 'x-tenant': 'acme' },
      agents: { 'Web Scräper': { agent: id } },
    });
    await generateText({ model: byId('Web Scräper'), prompt: 'completes' });
    expect(agent.seen[0]?.headers['x-tenant']).toBe('acme');
  });
});

describe('traces', () => {
  const traces = () => gateway.seen.map(({ headers }) => headers['x-litellm-trace-id']);
  const contexts = () =>
    gateway.calls().map(({ params }) => Object(params['message'])['contextId'] as unknown);

  async function twoTurns(options: Partial<Parameters<typeof generateText>[0]> = {}) {
    const model = provider()(name);
    const first = await generateText({ model, prompt: 'completes' });
    const messages: ModelMessage[] = [
      { role: 'user', content: 'completes' },
      ...first.response.messages,
      { role: 'user', content: 'And then?' },
    ];
    const second = await generateText({ model, messages, ...Object(options) });
    return { first, second };
  }

  test('one for each conversation: its context', async () => {
    const { first } = await twoTurns();
    await ask(provider());
    const [one, two, other] = traces();
    expect(one).toBe(two);
    expect(other).not.toBe(one);
    expect(one).toBe(first.providerMetadata?.['a2a']?.['contextId']);
    expect(first.providerMetadata?.['litellm']).toEqual({ traceId: one });
    expect(contexts()).toEqual(traces());
  });

  test('one that is given', async () => {
    await twoTurns({ providerOptions: { litellm: { traceId: 'trace-1' } } });
    const [one, two] = traces();
    expect(two).toBe('trace-1');
    expect(contexts()).toEqual([one, one]);
  });

  test('a header of the caller’s', async () => {
    await generateText({
      model: provider()(name),
      prompt: 'completes',
      headers: { 'X-LiteLLM-Session-Id': 'session-1' },
    });
    expect(gateway.seen[0]?.headers['x-litellm-session-id']).toBe('session-1');
    expect(traces()).toEqual([undefined]);
  });

  test('a context that fits into no header', async () => {
    const providerOptions = { a2a: { contextId: 'über\r\nx: y' } };
    await generateText({ model: provider()(name), prompt: 'completes', providerOptions });
    expect(traces()[0]).toMatch(/^[\da-f-]{36}$/);
    expect(contexts()).toEqual(['über\r\nx: y']);
  });

  test('a task without a context of ours gets none', async () => {
    const model = provider()(name);
    const asked = await generateText({ model, prompt: 'input-required' });
    const taskId = String(asked.providerMetadata?.['a2a']?.['taskId']);
    const { text } = await generateText({
      model,
      prompt: 'Oslo',
      providerOptions: { a2a: { taskId } },
    });
    expect(text).toBe('You said Oslo.');
    expect(contexts()[1]).toBeUndefined();
  });
});

describe('an agent that is unknown at first', () => {
  test('is asked for again', async () => {
    await startGateway({ quirk: 'agent unknown at first' });
    expect((await ask(provider())).text).toBe('Hello, wörld 🌍!');
    expect(gateway.calls()).toHaveLength(2);
    expect(agent.messages()).toHaveLength(1);
  });

  test('no more than twice', async () => {
    const model = provider()('nobody');
    const error = await caught(generateText({ model, prompt: 'Hi', maxRetries: 0 }));
    expect(error).toMatchObject({ statusCode: 404, code: -32000, isRetryable: false });
    expect(gateway.calls()).toHaveLength(3);
  });

  test('no more once the caller has gone', async () => {
    const abort = new AbortController();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await globalThis.fetch(input, init);
      abort.abort(new Error('gone'));
      return response;
    };
    const model = provider({ fetch })('nobody');
    const abortSignal = abort.signal;
    await expect(generateText({ model, prompt: 'Hi', abortSignal })).rejects.toThrow();
    expect(gateway.calls()).toHaveLength(1);
  });

  test('other answers of 404 are final', async () => {
    let asked = 0;
    const fetch = async () => {
      asked++;
      return Response.json({ detail: 'Not Found' }, { status: 404 });
    };
    const error = await caught(ask(provider({ fetch })));
    expect(error).toMatchObject({ statusCode: 404, message: expect.stringContaining('Not Found') });
    expect(asked).toBe(1);
  });
});

describe('the bridge to a model', () => {
  beforeEach(() => startGateway({ quirk: 'bridge to a model' }));

  test('its greeting is nowhere to be seen', async () => {
    const { fullStream } = streamText({ model: provider()(name), prompt: 'completes' });
    const parts: string[] = [];
    for await (const part of fullStream) parts.push(JSON.stringify(part));
    expect(parts.join('\n')).not.toContain('Processing request');
    expect(parts.join('\n')).not.toContain('reasoning-');
    expect(parts.join('\n')).toContain('Hello, wörld 🌍!');
  });

  test.each(['generate', 'stream'] as const)(
    '%s: it is told the whole conversation',
    async (how) => {
      const model = provider()(name);
      const say = async (messages: ModelMessage[], history?: 'last') => {
        const call = {
          model,
          messages,
          ...(history && { providerOptions: { a2a: { history } } }),
        };
        const result = how === 'generate' ? await generateText(call) : streamText(call);
        const { messages: said } = await result.response;
        return { text: await result.text, messages: [...messages, ...said] };
      };
      const first = await say([{ role: 'user', content: 'My name is Ada' }]);
      const second = await say([...first.messages, { role: 'user', content: 'Who am I?' }]);
      expect(second.text).toContain('My name is Ada');
      expect(second.text).toContain('Who am I?');

      const third = await say([...second.messages, { role: 'user', content: 'Bye' }], 'last');
      expect(third.text).toBe('You said: Bye');
      const [one, two, three] = gateway.seen.map(({ headers }) => headers['x-litellm-trace-id']);
      expect([two, three]).toEqual([one, one]);
    },
  );
});

describe('the card', () => {
  test('is the agent’s own, for which no key is used', async () => {
    const litellm = provider({
      agents: { [name]: { cardUrl: agent.url } },
      headers: { 'x-s': '1' },
    });
    const model = litellm(name);
    expect(await model.agentCard()).toMatchObject({ name: 'Peer 0.3' });
    expect(agent.seen).toHaveLength(1);
    expect(JSON.stringify(agent.seen[0]?.headers)).not.toContain(gateway.key);
    expect(agent.seen[0]?.headers['x-s']).toBeUndefined();

    await generateText({ model, prompt: 'completes' });
    expect(gateway.seen.map(({ method }) => method)).toEqual(['POST']);
  });

  test('may be the gateway’s, which asks for the key', async () => {
    const cardUrl = `${gateway.url}/a2a/${name}`;
    const litellm = provider({ agents: { [name]: { cardUrl } } });
    expect(await litellm(name).agentCard()).toMatchObject({ name });
    expect(gateway.seen[0]?.headers['authorization']).toBe(`Bearer ${gateway.key}`);
  });

  test('is none otherwise: no call needs one', async () => {
    expect(await provider()(name).agentCard()).toBeUndefined();
    expect(gateway.seen).toEqual([]);
  });
});

describe('tasks', () => {
  test('are asked for and canceled through the gateway', async () => {
    const model = provider()(name);
    const { providerMetadata } = await generateText({ model, prompt: 'input-required' });
    const taskId = String(providerMetadata?.['a2a']?.['taskId']);
    expect(await model.task(taskId)).toMatchObject({ finishReason: { raw: 'input-required' } });
    await model.cancelTask(taskId);
    expect(await model.task(taskId)).toMatchObject({ finishReason: { raw: 'canceled' } });
    expect(gateway.calls().map(({ method }) => method)).toEqual([
      'message/send',
      'tasks/get',
      'tasks/cancel',
      'tasks/get',
    ]);
  });
});

describe('agents()', () => {
  test('lists what the key may use', async () => {
    expect(await provider({ baseURL: `${gateway.url}/v1` }).agents()).toEqual([
      {
        id,
        name,
        description: 'A test agent',
        skills: [{ id: 'chat', name: 'Chat', description: 'Talks.' }],
        isPublic: false,
        score: undefined,
        card: expect.objectContaining({ name }),
      },
    ]);
  });

  test('asks for what fits, and takes the other shape', async () => {
    const asked: string[] = [];
    const fetch = async (input: URL | RequestInfo) => {
      asked.push(String(input));
      return Response.json({
        agents: [{ agent_id: '1', agent_name: 'a', search_score: 0.5, agent_card_params: null }],
      });
    };
    const litellm = provider({ fetch, baseURL: 'https://gw.example.com/root' });
    const options = { query: 'translate a PDF', topK: 3, healthCheck: true };
    expect(await litellm.agents(options)).toMatchObject([
      { id: '1', name: 'a', score: 0.5, skills: [], description: undefined, card: {} },
    ]);
    expect(asked).toEqual([
      'https://gw.example.com/root/v1/agents?health_check=true&query=translate+a+PDF&top_k=3',
    ]);
  });

  test.each([
    {
      body: { detail: 'no' },
      status: 403,
      message: 'The agent "LiteLLM gateway" answered HTTP 403: no',
    },
    {
      body: { detail: { error: 'agent_search_not_configured', message: 'No embedding model.' } },
      status: 400,
      message: 'The agent "LiteLLM gateway" answered HTTP 400: No embedding model.',
    },
    { body: 'what?', status: 200, message: expect.stringContaining('not a list of agents') },
    { body: [{ id: 1 }], status: 200, message: expect.stringContaining('not a list of agents') },
  ])('$status $body', async ({ body, message, status }) => {
    const fetch = async () => Response.json(body, { status });
    const error = await caught(provider({ fetch }).agents());
    expect(A2AProtocolError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ message, statusCode: status });
    expect(JSON.stringify(error)).not.toContain(gateway.key);
  });

  test('the gateway is not there, or the caller is not', async () => {
    const { url } = gateway;
    const abort = new AbortController();
    abort.abort(new Error('gone'));
    await expect(provider().agents({ abortSignal: abort.signal })).rejects.toThrow('gone');
    await gateway.close();
    const error = await caught(createLiteLLM({ baseURL: url, apiKey: 'x' }).agents());
    expect(error).toMatchObject({ isRetryable: true });
  });
});

async function caught(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}
