import { describe, expect, test, vi } from 'vitest';
import { AGENT_URL, testAgent } from './test-agent';

const cardUrl = `${AGENT_URL}.well-known/agent-card.json`;

describe.each([
  ['1.0', { 'A2A-Version': '1.0' }],
  ['0.3', {}],
])('a card of protocol %s', (_, version) => {
  const get = (handle: (request: Request) => Promise<Response>, headers: object = {}) =>
    handle(new Request(cardUrl, { headers: { ...version, ...headers } }));

  test('has a tag, an age, and says what it varies with', async () => {
    const { handle } = testAgent('streamer');
    const response = await get(handle);
    expect(response.headers.get('etag')).toMatch(/^"[\w-]+"$/);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(response.headers.get('vary')).toBe('A2A-Version');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  });

  test.each([
    ['the tag', (tag: string) => tag, 304],
    ['the tag as a weak one', (tag: string) => `W/${tag}`, 304],
    ['the tag among others', (tag: string) => `"x", ${tag} ,"y"`, 304],
    ['any tag', () => '*', 304],
    ['another tag', () => '"x"', 200],
    ['a part of the tag', (tag: string) => tag.slice(0, -2), 200],
  ])('is compared with %s', async (__, tagOf, status) => {
    const { handle } = testAgent('streamer');
    const tag = (await get(handle)).headers.get('etag') ?? '';
    const response = await get(handle, { 'if-none-match': tagOf(tag) });
    expect(response.status).toBe(status);
    if (status === 304) {
      expect(await response.text()).toBe('');
      expect(response.headers.get('etag')).toBe(tag);
      expect(response.headers.get('cache-control')).toBe('public, max-age=300');
      expect(response.headers.get('vary')).toBe('A2A-Version');
    }
  });

  test('has another tag when it says something else, the same on another machine', async () => {
    const tagOf = async (name: 'streamer' | 'data') =>
      (await get(testAgent(name).handle)).headers.get('etag');
    expect(await tagOf('streamer')).toBe(await tagOf('streamer'));
    expect(await tagOf('streamer')).not.toBe(await tagOf('data'));
  });

  test.each([
    [60, 'public, max-age=60'],
    [0, 'no-cache'],
  ])('may be kept for %d seconds', async (cardMaxAgeSeconds, cacheControl) => {
    const { handle } = testAgent('streamer', { cardMaxAgeSeconds });
    expect((await get(handle)).headers.get('cache-control')).toBe(cacheControl);
  });
});

test('the shapes of a card have tags of their own', async () => {
  const { handle } = testAgent('streamer');
  const [current, legacy] = await Promise.all(
    [{ 'A2A-Version': '1.0' }, {}].map((headers) => handle(new Request(cardUrl, { headers }))),
  );
  expect(current?.headers.get('etag')).not.toBe(legacy?.headers.get('etag'));
});

describe('a card without an interface of protocol 0.3', () => {
  const { card } = testAgent('streamer');
  const supportedInterfaces = card.supportedInterfaces.slice(0, 1);
  const { handle } = testAgent('streamer', { card: { ...card, supportedInterfaces } });

  test('is answered as it is to who names no version, or an empty one', async () => {
    for (const headers of [{}, { 'A2A-Version': '' }]) {
      const response = await handle(new Request(cardUrl, { headers }));
      expect(response.status).toBe(200);
      const answered: unknown = await response.json();
      expect(answered).toMatchObject({ supportedInterfaces: [{ protocolVersion: '1.0' }] });
      expect(answered).not.toHaveProperty('url');
      expect(answered).not.toHaveProperty('protocolVersion');
    }
  });

  test('is refused to who asks for 0.3, and the refusal is not kept', async () => {
    const response = await handle(new Request(cardUrl, { headers: { 'A2A-Version': '0.3' } }));
    expect(response.status).toBe(400);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('etag')).toBeNull();
  });
});

test('a card says since when this process has answered it', async () => {
  const { handle } = testAgent('streamer');
  const modified = async (headers: Record<string, string>) => {
    const response = await handle(new Request(cardUrl, { headers }));
    expect(response.status).toBe(200);
    return response.headers.get('last-modified') ?? '';
  };
  vi.useFakeTimers({ now: new Date('2026-11-22T05:00:00.500Z'), toFake: ['Date'] });
  try {
    const first = await modified({});
    expect(first).toBe('Sun, 22 Nov 2026 05:00:00 GMT');
    vi.setSystemTime(new Date('2026-11-23T00:00:00Z'));
    expect(await modified({ 'A2A-Version': '1.0' })).toBe(first);
    // Another machine has another time: the tag alone says what is new.
    expect(await modified({ 'if-modified-since': 'Mon, 23 Nov 2026 00:00:00 GMT' })).toBe(first);
  } finally {
    vi.useRealTimers();
  }
});
