import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from '@ai-sdk/provider';
import { describe, expect, test } from 'vitest';
import { createA2A, createLiteLLM } from '../../src/index';

const url = 'https://agent.example.com';

/** Settings as JavaScript gives them. */
const given = <SETTINGS>(settings: unknown) => settings as SETTINGS;

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (InvalidArgumentError.isInstance(error)) return error.message;
    throw error;
  }
  return 'accepted';
}

const ofA2A = (settings: unknown) => refusal(() => createA2A(given(settings)));
const ofAgent = (settings: unknown) => ofA2A({ agents: { scraper: settings } });
const ofLiteLLM = (settings: unknown) => refusal(() => createLiteLLM(given(settings)));

describe('a setting that does not exist is named, with those that do', () => {
  test.each<[string, unknown, string[]]>([
    ['of the provider', { agnets: {} }, ['createA2A: ', '`agnets`', '`agents`?', 'headers, fetch']],
    ['of timeouts', { timeouts: { totalMS: 5 } }, ['timeouts has no option', '`totalMs`?']],
    ['of limits', { limits: { maxEvent: 5 } }, ['limits', '`maxEvent`', 'maxEventBytes']],
    ['of polling', { polling: { interval: 5 } }, ['polling', '`interval`', 'intervalMs']],
    ['of auth', { auth: { beare: 'sk-secret' } }, ['auth', '`beare`', '`bearer`?']],
    ['of basic', { auth: { basic: { user: 'a' } } }, ['auth.basic', '`user`', 'username']],
    [
      'of client credentials',
      { auth: { clientCredentials: { clientId: 'a', clientSecret: 'sk-secret', scope: [] } } },
      ['auth.clientCredentials', '`scopes`?'],
    ],
    ['of conversation', { conversation: { secrets: ['x'] } }, ['conversation', '`secret`?']],
  ])('%s', (_, settings, words) => {
    const said = ofA2A(settings);
    for (const word of words) expect(said).toContain(word);
    expect(said).not.toContain('sk-secret');
  });

  test('of an agent', () => {
    const said = ofAgent({ uri: url, token: 'sk-secret' });
    expect(said).toMatch(/^createA2A: agents\.scraper has no option `uri`\. Did you mean `url`\?/);
    expect(said).toContain('`token`');
    expect(said).not.toContain('sk-secret');
    expect(ofAgent({ url, timeouts: { idle: 5 } })).toContain('agents.scraper.timeouts has no');
  });

  test('of a gateway, and of its agents', () => {
    expect(ofLiteLLM({ baseUrl: url })).toBe(
      'createLiteLLM: has no option `baseUrl`. Did you mean `baseURL`? Known are: ' +
        'headers, fetch, cardKeys, cardTtlMs, polling, timeouts, limits, conversation, name, ' +
        'generateId, baseURL, apiKey, apiKeyHeader, agents, agentHeaders, protocol.',
    );
    expect(ofLiteLLM({ auth: { bearer: 'sk-secret' } })).toContain('has no option `auth`');
    expect(ofLiteLLM({ agents: { a: { url } } })).toContain('agents.a has no option `url`');
  });
});

describe('a value that is none is refused', () => {
  test.each<[unknown, string]>([
    [null, 'must be an object'],
    ['x', 'must be an object'],
    [{ agents: 'x' }, 'agents must be an object of agents by name'],
    [{ agents: [{ url }] }, 'agents must be an object of agents by name'],
    [{ timeouts: 5 }, 'timeouts must be an object with any of: connectMs, firstEventMs'],
    [{ timeouts: { totalMs: '5' } }, 'timeouts.totalMs must be a number of milliseconds >= 0'],
    [{ timeouts: { totalMs: -1 } }, 'timeouts.totalMs must be'],
    [{ timeouts: { totalMs: Number.NaN } }, 'timeouts.totalMs must be'],
    [{ limits: 5 }, 'limits must be an object with any of: maxEventBytes, maxAnswerBytes'],
    [{ limits: { maxEventBytes: '1 MB' } }, 'limits.maxEventBytes must be a number of bytes'],
    [{ polling: { intervalMs: '5' } }, 'polling.intervalMs must be'],
    [{ auth: 'sk-secret' }, 'auth must be an object with any of: apiKey, bearer, basic'],
    [{ auth: { bearer: 5 } }, 'auth.bearer must be a string, or a function'],
    [{ auth: { basic: { username: 'a' } } }, 'auth.basic.password must be a string'],
    [
      { auth: { clientCredentials: { clientId: 'a', clientSecret: 'b', authentication: 'x' } } },
      'auth.clientCredentials.authentication must be one of: basic, body',
    ],
    [{ conversation: 'sealed' }, "conversation must be 'unsealed', or an object such as"],
    [{ conversation: null }, "conversation must be 'unsealed', or an object such as"],
    [{ conversation: { secret: 5 } }, 'conversation.secret must'],
    [{ headers: 'x' }, 'headers must be an object of strings'],
    [{ headers: [['a', 'b']] }, 'headers must be an object of strings'],
    [{ headers: new Headers({ a: 'b' }) }, 'headers must be an object of strings'],
    [{ headers: { a: 5 } }, 'headers must be an object of strings'],
    [{ cardTtlMs: 'x' }, 'cardTtlMs must be a number of milliseconds'],
    [{ cardKeys: { kty: 'EC' } }, 'cardKeys must be a key set'],
    [{ trustCardUrl: ['nope'] }, 'trustCardUrl must be true, false, or a list of origins'],
    [{ trustCardUrl: 'yes' }, 'trustCardUrl must be true, false, or a list of origins'],
    [{ protocol: '2.0' }, 'protocol must be one of: auto, 1.0, 0.3'],
    [{ fetch: 5 }, 'fetch must be a function'],
    [{ generateId: 'id' }, 'generateId must be a function'],
    [{ name: 5 }, 'name must be a string'],
  ])('%j', (settings, words) => {
    const said = ofA2A(settings);
    expect(said).toContain(`createA2A: ${words}`);
    expect(said).not.toContain('sk-secret');
  });

  test.each<[unknown, string]>([
    ['https://sk-secret', "must be an object. Write { url: 'https://…' }"],
    [{ url, streaming: 'no' }, '.streaming must be true or false'],
    [{ url, protocol: '2' }, '.protocol must be one of'],
    [{ url: 5 }, '.url must be a string'],
    [{ urls: url }, '.urls must be a list of strings'],
    [{ url, endpoint: url }, 'must have exactly one of `url`, `urls` and `endpoint`'],
    [{ url, urls: [url] }, 'must have exactly one of `url`, `urls` and `endpoint`'],
    [{ url, headers: [] }, '.headers must be an object of strings'],
    [{ url, auth: 'sk-secret' }, '.auth must be an object'],
    [{ url, limits: { maxAnswerBytes: 0 } }, '.limits.maxAnswerBytes must be'],
    [{ url, skill: 5 }, '.skill must be a string'],
  ])('of an agent: %j', (settings, words) => {
    const said = ofAgent(settings);
    expect(said).toContain('createA2A: agents.scraper');
    expect(said).toContain(words);
    expect(said).not.toContain('sk-secret');
  });

  test.each<[unknown, string]>([
    [null, 'must be an object'],
    [{ baseURL: 5 }, 'baseURL must be a string'],
    [{ apiKeyHeader: 'x-key' }, 'apiKeyHeader must be one of: authorization, x-litellm-api-key'],
    [{ protocol: 'auto' }, 'protocol must be one of: 1.0, 0.3'],
    [{ agentHeaders: 'x' }, 'agentHeaders must be an object of strings'],
    [
      { agents: { a: 'b' } },
      "agents.a must be an object. Write { agent: 'its name in the gateway'",
    ],
    [{ agents: { a: { streaming: 'no' } } }, 'agents.a.streaming must be true or false'],
    [{ timeouts: { totalMs: '5' } }, 'timeouts.totalMs must be'],
  ])('of a gateway: %j', (settings, words) => {
    expect(ofLiteLLM(settings)).toContain(`createLiteLLM: ${words}`);
  });
});

describe('what the documentation shows is accepted', () => {
  const none: string | undefined = undefined;
  test.each<[unknown]>([
    [undefined],
    [{}],
    [{ agents: { a: { urls: [url], timeouts: { totalMs: none }, streaming: false } } }],
    [{ agents: { a: { endpoint: url, url: none } } }],
    [{ headers: async () => ({ a: none }) }],
    [{ headers: Promise.resolve({ a: 'b' }) }],
    [{ headers: { a: 'b', c: none } }],
    [{ trustCardUrl: [url], cardTtlMs: 0, limits: { maxEventBytes: Infinity } }],
    [{ auth: { apiKey: 'k', basic: { username: 'a', password: () => 'b' } } }],
    [{ cardKeys: { keys: [{ kty: 'EC' }] } }],
    [{ cardKeys: async () => none }],
    [{ conversation: 'unsealed' }],
    [{ conversation: { secret: none } }],
    [{ polling: { intervalMs: none, timeoutMs: 5 } }],
  ])('%j', (settings) => {
    expect(ofA2A(settings)).toBe('accepted');
  });
});

/** The settings that an interface of the source has, each with its documentation. */
function settingsOf(file: string, name: string): string[] {
  const source = readFileSync(new URL(`../../src/provider/${file}.ts`, import.meta.url), 'utf8');
  const [, body = ''] =
    new RegExp(`(?:interface|type) ${name} [^]*?\\{\\n([^]*?)\\n\\}`).exec(source) ?? [];
  return [...body.matchAll(/^ {2}(\w+)\??: /gm)].flatMap(([, setting]) => setting ?? []);
}

describe('each documented setting is known', () => {
  const nested = (name: string) => (value: object) => ofA2A({ [name]: value });
  test.each<[string, string, number, (value: object) => string]>([
    ['a2a-provider-settings', 'A2AProviderSettings', 14, ofA2A],
    ['a2a-provider-settings', 'A2AAgentSettings', 10, ofAgent],
    ['client/a2a-timeouts', 'A2ATimeouts', 4, nested('timeouts')],
    ['client/a2a-limits', 'A2ALimits', 2, nested('limits')],
    ['task/get-task', 'A2APolling', 2, nested('polling')],
    ['agent/auth-options', 'A2AAuthOptions', 4, nested('auth')],
    [
      'agent/auth-options',
      'A2AClientCredentials',
      7,
      (clientCredentials) => ofA2A({ auth: { clientCredentials } }),
    ],
    ['litellm/litellm-provider-settings', 'LiteLLMProviderSettings', 6, ofLiteLLM],
    [
      'litellm/litellm-provider-settings',
      'LiteLLMAgentSettings',
      8,
      (agent) => ofLiteLLM({ agents: { agent } }),
    ],
  ])('%s: %s', (file, name, count, verdictOn) => {
    const settings = settingsOf(file, name);
    expect(settings).toHaveLength(count);
    for (const setting of settings) {
      const said = verdictOn({ [setting]: Symbol('none') });
      expect(said).toContain(`${setting} must`);
      expect(said).not.toContain('has no option');
    }
  });
});

describe('the `client` of an agent', () => {
  const client = { sendMessage: () => {} };

  test.each<[string, unknown]>([
    ['a client', client],
    ['a promise of one', Promise.resolve(client)],
    ['a function that makes one', () => client],
  ])('may be %s', (_, value) => {
    expect(ofAgent({ url, client: value })).toBe('accepted');
  });

  test.each([{ send: () => {} }, 'https://agent.example.com', null])('not %j', (value) => {
    expect(ofAgent({ url, client: value })).toContain("client must be the A2A SDK's Client");
  });

  test.each([
    { auth: { bearer: 'sk-secret' }, url },
    { limits: { maxEventBytes: 5 }, url },
    { protocol: '1.0', url },
    { urls: [url, 'https://other.example.com'] },
  ])('not together with %o', (others) => {
    const said = ofAgent({ client, ...others });
    expect(said).toContain('agents.scraper cannot have `client` together with');
    expect(said).not.toContain('sk-secret');
  });
});
