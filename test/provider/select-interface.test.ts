import type { AgentCard, AgentInterface } from '@a2a-js/sdk';
import { generateText } from 'ai';
import { describe, expect, test } from 'vitest';
import { cardForEndpoint, selectInterface } from '../../src/provider/agent/select-interface';
import { A2AAgentCardError } from '../../src/provider/client/a2a-error';
import { agentCard, agentUrl, result, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

type Declared = Partial<AgentInterface> & { url: string };
type Options = Partial<Parameters<typeof selectInterface>[1]>;

const home = 'https://agent.example.com/a2a';

function select(declared: Declared | Declared[], options: Options = {}): AgentInterface {
  const card: AgentCard = {
    ...cardForEndpoint(home, 'auto'),
    supportedInterfaces: [declared].flat().map((one) => ({
      protocolBinding: 'JSONRPC',
      protocolVersion: '1.0',
      tenant: '',
      ...one,
    })),
  };
  const { supportedInterfaces } = selectInterface(card, {
    agent: 'a',
    url: home,
    protocol: 'auto',
    trustCardUrl: false,
    ...options,
  });
  expect(supportedInterfaces).toHaveLength(1);
  const [selected] = supportedInterfaces;
  if (selected === undefined) throw new Error('none');
  return selected;
}

describe('where a card may send to', () => {
  test.each([
    ['https://agent.example.com/rpc', 'https://agent.example.com/rpc'],
    ['https://AGENT.example.com:443/rpc', 'https://agent.example.com/rpc'],
    ['/rpc', 'https://agent.example.com/rpc'],
    ['//agent.example.com/rpc', 'https://agent.example.com/rpc'],
  ])('the same origin: %s', (declared, selected) => {
    expect(select({ url: declared }).url).toBe(selected);
  });

  test.each([
    'https://other.example.com/rpc',
    'http://agent.example.com:8080/rpc',
    'ws://agent.example.com/rpc',
    'https://agent.example.com:8443/rpc',
    'https://agent.example.com.evil.net/rpc',
    'https://agent.example.com@evil.net/rpc',
    '//evil.net/rpc',
    'https://192.168.0.1/rpc',
    'javascript:alert(1)',
    'http://[',
  ])('never elsewhere by itself: %s', (url) => {
    expect(() => select({ url })).toThrow(A2AAgentCardError);
    expect(() => select({ url })).toThrow(/trustCardUrl/);
  });

  test('anywhere on the web with trustCardUrl', () => {
    const url = 'https://other.example.com/rpc';
    expect(select({ url }, { trustCardUrl: true }).url).toBe(url);
    for (const bad of ['http://[', 'file:///etc/passwd', 'javascript:alert(1)']) {
      expect(() => select({ url: bad }, { trustCardUrl: true })).toThrow(A2AAgentCardError);
    }
  });

  test('to listed origins only, when a list is given', () => {
    const trustCardUrl = ['https://gateway.example.com/anything', 'not a url'];
    const listed = 'https://gateway.example.com/rpc';
    expect(select({ url: listed }, { trustCardUrl }).url).toBe(listed);
    expect(() => select({ url: 'https://other.example.com/' }, { trustCardUrl })).toThrow(/other/);
    expect(() => select({ url: 'https://gateway.example.com.evil/' }, { trustCardUrl })).toThrow();
  });

  test('an interface elsewhere is passed over for one at home', () => {
    const declared = [
      { url: 'https://other.example.com/rpc' },
      { url: 'https://agent.example.com/rest', protocolBinding: 'HTTP+JSON' },
    ];
    expect(select(declared)).toMatchObject({
      url: 'https://agent.example.com/rest',
      protocolBinding: 'HTTP+JSON',
    });
  });

  test('nothing at all is sent when the card names only another origin', async () => {
    const card = agentCard({ url: 'https://thief.example.net/rpc' });
    const { model, requests } = scriptedAgent(result(say.message('x')), {
      card,
      headers: { authorization: 'Bearer top-secret' },
    });
    await expect(generateText({ model, prompt: 'Hi' })).rejects.toMatchObject({
      name: 'AI_A2AAgentCardError',
      isRetryable: false,
      message: expect.stringMatching(/thief\.example\.net, not to https:\/\/agent\.example\.com/),
    });
    expect(requests()).toEqual([]);
  });
});

test('a card that names `http` at an agent reached by `https` means that', () => {
  expect(select({ url: 'http://agent.example.com/rpc?t=1' }).url).toBe(
    'https://agent.example.com/rpc?t=1',
  );
  // The other way round would be a step up that nobody asked for.
  const plain = { url: 'http://agent.example.com' };
  expect(() => select({ url: 'https://agent.example.com/rpc' }, plain)).toThrow(/trustCardUrl/);
});

describe('a card that names this machine', () => {
  test.each(['localhost', '127.0.0.1', '127.1', '0.0.0.0', '[::1]', '[::]', 'LOCALHOST'])(
    '%s: its path at the public origin',
    (host) => {
      const url = `http://${host}:8000/rpc/x?tenant=1`;
      expect(select({ url }).url).toBe('https://agent.example.com/rpc/x?tenant=1');
    },
  );

  test('stays when the agent is on this machine', () => {
    const url = 'http://localhost:3000/rpc';
    expect(select({ url }, { url: 'http://localhost:3000' }).url).toBe(url);
    expect(() => select({ url }, { url: 'http://localhost:4000' })).toThrow(/localhost:3000/);
  });

  test.each([
    ['http://127.0.0.1:4108', 'http://localhost:4108/rpc'],
    ['http://localhost:4108', 'http://127.0.0.1:4108/rpc'],
    ['http://[::1]:4108', 'http://0.0.0.0:4108/rpc'],
    ['http://localhost', 'http://127.0.0.1:80/rpc'],
  ])('called as %s is the same machine as %s', (url, declared) => {
    expect(select({ url: declared }, { url }).url).toBe(new URL('/rpc', url).href);
  });

  test.each([
    ['http://127.0.0.1:4108', 'http://localhost:4109/rpc'],
    ['http://127.0.0.1:4108', 'https://localhost:4108/rpc'],
    ['http://127.0.0.1:4108', 'http://192.168.0.2:4108/rpc'],
  ])('called as %s is not %s', (url, declared) => {
    expect(() => select({ url: declared }, { url })).toThrow(/trustCardUrl/);
  });

  test('a name that only looks like it is another machine', () => {
    expect(() => select({ url: 'http://localhost.evil.net/' })).toThrow(A2AAgentCardError);
    expect(() => select({ url: 'http://127.0.0.1.evil.net/' })).toThrow(A2AAgentCardError);
  });
});

describe('which of several interfaces', () => {
  const at = (path: string) => `https://agent.example.com/${path}`;

  test('gRPC is none of them', () => {
    const grpc = { url: at('grpc'), protocolBinding: 'GRPC' };
    expect(select([grpc, { url: at('rpc') }]).url).toBe(at('rpc'));
    expect(() => select(grpc)).toThrow(/declares no JSON-RPC or HTTP\+JSON interface/);
  });

  test('1.0 before 0.3, else in the order of the card', () => {
    const old = { url: at('old'), protocolVersion: '0.3.0' };
    const rest = { url: at('rest'), protocolBinding: 'http+json' };
    const rpc = { url: at('rpc') };
    expect(select([old, rest, rpc]).url).toBe(at('rest'));
    expect(select([old, rpc, rest]).url).toBe(at('rpc'));
    expect(select([old])).toMatchObject({ url: at('old'), protocolVersion: '0.3' });
  });

  test('what `protocol` asks for', () => {
    const old = { url: at('old'), protocolVersion: '0.2.9' };
    const rpc = { url: at('rpc'), protocolVersion: '1.1' };
    expect(select([rpc, old], { protocol: '0.3' })).toMatchObject({
      url: at('old'),
      protocolVersion: '0.3',
    });
    expect(select([old, rpc], { protocol: '1.0' })).toMatchObject({
      url: at('rpc'),
      protocolVersion: '1.0',
    });
    // A card may be wrong about its version: the caller knows better.
    expect(select([rpc], { protocol: '0.3' })).toMatchObject({
      url: at('rpc'),
      protocolVersion: '0.3',
    });
  });

  test('a version that is not named is 1.0, and a tenant goes along', () => {
    expect(select({ url: at('rpc'), protocolVersion: '', tenant: 'acme' })).toMatchObject({
      protocolVersion: '1.0',
      tenant: 'acme',
    });
  });

  test('slashes behind a HTTP+JSON address do not double', () => {
    expect(select({ url: at('rest//'), protocolBinding: 'HTTP+JSON' }).url).toBe(at('rest'));
    expect(select({ url: `${agentUrl}/`, protocolBinding: 'JSONRPC' }).url).toBe(`${agentUrl}/`);
  });
});
