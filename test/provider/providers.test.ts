import { inspect } from 'node:util';
import { InvalidArgumentError, NoSuchModelError } from '@ai-sdk/provider';
import {
  createProviderRegistry,
  customProvider,
  generateText,
  wrapLanguageModel,
  wrapProvider,
} from 'ai';
import { describe, expect, test } from 'vitest';
import { a2a, createA2A, settlementMiddleware } from '../../src/index';
import { agentUrl, result, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const prompt = 'Hi';
const agents = { scraper: { url: agentUrl }, direct: { endpoint: `${agentUrl}/direct` } };
const agent = () => scriptedAgent(result(say.message('Hello')), { agents });

test('a provider and its models say what they are', () => {
  const provider = createA2A({ agents, name: 'team' });
  expect(provider.specificationVersion).toBe('v4');
  expect(provider('scraper')).toMatchObject({
    specificationVersion: 'v4',
    modelId: 'scraper',
    provider: 'a2a.team',
  });
  expect(provider.languageModel(agentUrl)).toMatchObject({ modelId: agentUrl });
  expect(a2a(agentUrl).provider).toBe('a2a');
});

describe('model ids', () => {
  test.each([
    '',
    'unknown',
    'agent.example.com',
    'ftp://agent.example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'constructor',
    '__proto__',
    'toString',
  ])('%j is none', (modelId) => {
    expect(() => createA2A({ agents })(modelId)).toThrow(NoSuchModelError);
    expect(() => createA2A()(modelId)).toThrow(NoSuchModelError);
  });

  test('an agent whose address is none', () => {
    const provider = createA2A({ agents: { odd: { url: 'agent.example.com' } } });
    expect(() => provider('odd')).toThrow(NoSuchModelError);
  });

  test('other kinds of models are none', () => {
    const provider = createA2A();
    for (const kind of ['embeddingModel', 'imageModel'] as const) {
      const make = provider[kind];
      expect(() => make('x')).toThrow(NoSuchModelError);
    }
  });

  test('a name may look like an address, and wins over it', async () => {
    const { fetch, requests } = scriptedAgent(result(say.message('Hello')));
    const named = createA2A({
      fetch,
      agents: { 'https://old.example.com': { endpoint: `${agentUrl}/new` } },
    });
    await generateText({ model: named('https://old.example.com'), prompt });
    expect(requests().map(({ url }) => url)).toEqual([`${agentUrl}/new`]);
  });
});

describe('in company', () => {
  test('createProviderRegistry, with names and with addresses', async () => {
    const { a2a: provider } = agent();
    const registry = createProviderRegistry({ agents: provider });
    for (const id of ['agents:scraper', 'agents:direct', `agents:${agentUrl}`] as const) {
      const { text } = await generateText({ model: registry.languageModel(id), prompt });
      expect(text).toBe('Hello');
    }
    expect(() => registry.languageModel('agents:unknown')).toThrow(NoSuchModelError);
  });

  test('customProvider, with names of its own and a fallback', async () => {
    const { a2a: provider } = agent();
    const custom = customProvider({
      languageModels: { mine: provider('scraper') },
      fallbackProvider: provider,
    });
    for (const id of ['mine', 'direct', agentUrl]) {
      const { text } = await generateText({ model: custom.languageModel(id), prompt });
      expect(text).toBe('Hello');
    }
    expect(() => custom.languageModel('unknown')).toThrow(NoSuchModelError);
  });

  test('wrapProvider and wrapLanguageModel with the settlement', async () => {
    const { a2a: provider, requests } = agent();
    // Without a key nothing is paid, and the call says so.
    const middleware = settlementMiddleware();
    const wrapped = wrapProvider({ provider, languageModelMiddleware: middleware });
    for (const model of [
      wrapped.languageModel('scraper'),
      wrapLanguageModel({ model: provider('scraper'), middleware }),
    ]) {
      const { text, warnings } = await generateText({ model, prompt });
      expect(text).toBe('Hello');
      expect(warnings).toHaveLength(1);
    }
    expect(requests()).toHaveLength(2);
    expect(() => wrapped.languageModel('unknown')).toThrow(NoSuchModelError);
  });
});

test('ids of messages come from the given generator', async () => {
  const { model, requests } = scriptedAgent(result(say.message('Hello')), {
    generateId: () => 'id-1',
  });
  await generateText({ model, prompt });
  expect(requests()[0]?.message).toMatchObject({ messageId: 'id-1', role: 'ROLE_USER' });
});

test('options that are none are refused before anything is sent', async () => {
  const { model, calls } = scriptedAgent(result(say.message('Hello')));
  for (const options of [{ contextId: '' }, { history: 'all' }, { extensions: 'urn:a' }]) {
    await expect(
      generateText({ model, prompt, providerOptions: { a2a: options } }),
    ).rejects.toMatchObject({ name: 'AI_InvalidArgumentError' });
  }
  const pushNotification = { url: '/webhook', token: 'secret-token' };
  const error: unknown = await generateText({
    model,
    prompt,
    providerOptions: { a2a: { resume: 'task-1', pushNotification } },
  }).catch((error: unknown) => error);
  expect(InvalidArgumentError.isInstance(error)).toBe(true);
  expect(String(error)).toContain('providerOptions.a2a.resume: ');
  expect(String(error)).toContain('providerOptions.a2a.pushNotification.url: Invalid URL');
  expect(inspect(error)).not.toContain('secret-token');
  expect(calls).toEqual([]);
});

test('options that do not exist become warnings', async () => {
  const { model } = scriptedAgent(result(say.message('Hello')));
  const { warnings } = await generateText({
    model,
    prompt,
    providerOptions: { a2a: { contextID: 'ctx', skill: 'scrape' } },
  });
  expect(warnings).toEqual([
    {
      type: 'unsupported',
      feature: 'providerOptions.a2a.contextID',
      details: expect.stringContaining('contextId, taskId'),
    },
  ]);
});

test('the metadata of an answer goes as options, without warnings', async () => {
  const { model, requests } = scriptedAgent([
    result(say.task('INPUT_REQUIRED', { said: 'Where to?' })),
    result(say.message('Hello')),
  ]);
  const { providerMetadata } = await generateText({ model, prompt });
  const again = { a2a: { ...providerMetadata?.['a2a'] } };
  const { warnings } = await generateText({ model, prompt, providerOptions: again });
  expect(warnings).toEqual([]);
  const { contextId, taskId } = again.a2a;
  expect(requests()[1]?.message).toMatchObject({ contextId, taskId });
});
