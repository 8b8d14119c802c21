import { generateText, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { agentUrl, result, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const hello = result(say.message('Hello'));
const prompt = 'completes';

describe('endpoint', () => {
  test.each([
    { start: startSdk1Peer, protocol: '1.0' as const, method: 'SendMessage' },
    { start: startSdk03Peer, protocol: '0.3' as const, method: 'message/send' },
  ])('skips discovery, protocol $protocol', async ({ start, protocol, method }) => {
    const peer = await start();
    try {
      const a2a = createA2A({ agents: { direct: { endpoint: peer.url, protocol } } });
      await expect(a2a('direct').agentCard()).resolves.toBeUndefined();
      const { text } = await generateText({ model: a2a('direct'), prompt });
      expect(text).toBe('Hello, wörld 🌍!');
      const streamed = streamText({ model: a2a('direct'), prompt });
      await expect(streamed.text).resolves.toBe('Hello, wörld 🌍!');
      expect(peer.seen.map((request) => request.method)).toEqual(['POST', 'POST']);
      expect(peer.seen[0]?.body).toContain(`"method":"${method}"`);
      expect(peer.seen[0]?.headers['a2a-version']).toBe(protocol);
    } finally {
      await peer.close();
    }
  });
});

describe('headers', () => {
  test('of the provider, the agent and the call reach the agent, the nearest wins', async () => {
    const { a2a, cards, requests } = scriptedAgent(hello, {
      headers: { 'x-provider': 'p', 'x-agent': 'p', 'x-call': 'p', 'x-off': 'p' },
      agents: {
        named: {
          url: agentUrl,
          headers: async () => ({ 'x-agent': 'a', 'x-call': 'a', 'x-off': undefined }),
        },
      },
    });
    await generateText({ model: a2a('named'), prompt, headers: { 'x-call': 'c' } });
    const sent = (call: { headers: Headers } | undefined) =>
      ['x-provider', 'x-agent', 'x-call', 'x-off'].map((name) => call?.headers.get(name));
    expect(sent(cards()[0])).toEqual(['p', 'a', 'a', null]);
    expect(sent(requests()[0])).toEqual(['p', 'a', 'c', null]);
    expect(cards()[0]?.headers.get('user-agent')).toMatch(/ai-sdk-a2a-settlement\/\d/);
  });

  test('are asked for at each request', async () => {
    let token = 0;
    const { model, cards, requests } = scriptedAgent(hello, {
      headers: async () => ({ authorization: `Bearer ${++token}` }),
    });
    await generateText({ model, prompt });
    await generateText({ model, prompt });
    const sent = [...cards(), ...requests()].map(({ headers }) => headers.get('authorization'));
    expect(new Set(sent).size).toBe(3);
  });

  test('are one, however they are spelled', async () => {
    const { model, requests } = scriptedAgent(hello, { headers: { authorization: 'Bearer old' } });
    const { doGenerate } = model;
    await doGenerate.call(model, {
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      headers: { Authorization: 'Bearer new' },
    });
    expect(requests()[0]?.headers.get('authorization')).toBe('Bearer new');
  });

  test('of the protocol stay as the protocol has them', async () => {
    const { model, cards, requests } = scriptedAgent(hello, {
      headers: {
        'Content-Type': 'application/json',
        Accept: 'text/event-stream',
        'A2A-Version': '0.3',
      },
    });
    await generateText({ model, prompt });
    const [sent] = requests();
    expect(sent?.headers.get('content-type')).toBe('application/json');
    expect(sent?.headers.get('accept')).toBe('application/json');
    expect(sent?.headers.get('a2a-version')).toBe('1.0');
    expect(cards()[0]?.headers.get('accept')).toBe('application/json');
    expect(cards()[0]?.headers.get('a2a-version')).toBe('1.0');
  });

  test.each([
    { start: startSdk1Peer, version: '1.0', extensions: 'a2a-extensions' },
    { start: startSdk03Peer, version: '0.3', extensions: 'x-a2a-extensions' },
  ])('A2A-Version and extensions, $version', async ({ start, version, extensions }) => {
    const peer = await start({ extensions: [{ uri: 'urn:a' }, { uri: 'urn:b' }] });
    try {
      const providerOptions = { a2a: { extensions: ['urn:a', 'urn:b'], metadata: { k: [1] } } };
      await generateText({ model: createA2A()(peer.url), prompt, providerOptions });
      const sent = peer.messages()[0];
      expect(sent?.headers['a2a-version']).toBe(version);
      expect(sent?.headers[extensions]).toBe('urn:a,urn:b');
      expect(JSON.parse(sent?.body ?? '').params.message).toMatchObject({
        extensions: ['urn:a', 'urn:b'],
        metadata: { k: [1] },
      });
    } finally {
      await peer.close();
    }
  });
});

test('a custom fetch gets every request: card, message, polling, cancel', async () => {
  const abort = new AbortController();
  const { model, calls } = scriptedAgent(
    [
      result(say.task('WORKING')),
      (call) => {
        abort.abort();
        return result(say.task('WORKING').task)(call);
      },
    ],
    { polling: { intervalMs: 1, timeoutMs: 60_000 } },
  );
  await expect(generateText({ model, prompt, abortSignal: abort.signal })).rejects.toThrow();
  expect(calls.map(({ rpc, path }) => (path.endsWith('.json') ? 'card' : rpc))).toEqual([
    'card',
    'SendMessage',
    'GetTask',
    'CancelTask',
  ]);
});

test('the skill goes along: of the agent, or of the call', async () => {
  const { a2a, requests } = scriptedAgent(hello, {
    agents: { named: { url: agentUrl, skill: 'scrape' } },
  });
  await generateText({ model: a2a('named'), prompt });
  await generateText({ model: a2a('named'), prompt, providerOptions: { a2a: { skill: 'map' } } });
  expect(requests().map(({ message }) => message['metadata'])).toEqual([
    { skillId: 'scrape' },
    { skillId: 'map' },
  ]);
});
