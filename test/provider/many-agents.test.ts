import { NoSuchModelError } from '@ai-sdk/provider';
import { generateText, streamText, wrapLanguageModel } from 'ai';
import { describe, expect, test } from 'vitest';
import { createSettlement } from '../../src/index';
import { createA2A } from '../../src/provider/a2a-provider';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { FakeRail } from '../settlement/fake-rail';
import { agentUrl, result, results, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const hello = result(say.message('Hello'));
const prompt = 'Hi';
const agents = {
  scraper: { url: agentUrl, skill: 'scrape' },
  'odd#name': { url: `${agentUrl}/odd` },
  team: { urls: [agentUrl, `${agentUrl}/two`] },
};

describe('a skill in the model id', () => {
  test.each([
    ['scraper', 'scraper', 'scrape'],
    ['scraper#map', 'scraper', 'map'],
    ['team#map', 'team', 'map'],
    ['odd#name', 'odd#name', undefined],
    ['odd#name#map', 'odd#name', 'map'],
    [`${agentUrl}#map.sites`, agentUrl, 'map.sites'],
    [`${agentUrl}/#/agents/7`, `${agentUrl}/#/agents/7`, undefined],
    [`${agentUrl}/#a=b`, `${agentUrl}/#a=b`, undefined],
    [`${agentUrl}/#`, `${agentUrl}/#`, undefined],
  ])('%s is agent %s, skill %s', async (id, modelId, skill) => {
    const { a2a, requests } = scriptedAgent(hello, { agents });
    const model = a2a(id);
    expect(model).toMatchObject({ modelId, skill });
    await generateText({ model, prompt });
    expect(requests()[0]?.message['metadata']).toEqual(skill && { skillId: skill });
  });

  test.each(['#map', 'unknown#map', 'scraper#', 'ftp://h#map'])('%j is none', (id) => {
    expect(() => createA2A({ agents })(id)).toThrow(NoSuchModelError);
  });

  test('the skill of the call wins', async () => {
    const { a2a, requests } = scriptedAgent(hello, { agents });
    const providerOptions = { a2a: { skill: 'crawl' } };
    await generateText({ model: a2a('scraper#map'), prompt, providerOptions });
    expect(requests()[0]?.message['metadata']).toEqual({ skillId: 'crawl' });
  });

  test('skills of one agent share its card and its conversations', async () => {
    const { a2a, cards, requests } = scriptedAgent(hello, { agents });
    const first = await generateText({ model: a2a('scraper#map'), prompt });
    await generateText({
      model: a2a('scraper#crawl'),
      messages: [
        { role: 'user', content: prompt },
        ...first.response.messages,
        { role: 'user', content: 'And now?' },
      ],
    });
    expect(cards()).toHaveLength(1);
    expect(requests()[1]?.message).toMatchObject({
      contextId: 'c-1',
      parts: [{ text: 'And now?' }],
    });
  });
});

test('what is paid is the price of the skill', async () => {
  const { a2a } = scriptedAgent(hello, { agents });
  const asked: unknown[] = [];
  const settlement = createSettlement({
    rail: new FakeRail(),
    agents: {
      scraper: {
        accountId: 'payee',
        price: ({ skill }) => {
          asked.push(skill);
          return 3;
        },
      },
    },
  });
  for (const id of ['scraper', 'scraper#map']) {
    const model = wrapLanguageModel({ model: a2a(id), middleware: settlement.middleware });
    await generateText({ model, prompt });
  }
  expect(asked).toEqual(['scrape', 'map']);
});

test('headers of each agent are its own, and asked for per request', async () => {
  let asked = 0;
  const { a2a, calls } = scriptedAgent(hello, {
    headers: { 'x-all': 'all' },
    agents: {
      one: { url: `${agentUrl}/one`, headers: { 'x-own': 'one' } },
      two: { url: `${agentUrl}/two`, headers: () => ({ 'x-own': `two-${++asked}` }) },
      three: { url: `${agentUrl}/three`, headers: Promise.resolve({ 'x-own': 'three' }) },
    },
  });
  await Promise.all(['one', 'two', 'three'].map((id) => a2a.agentCard(id)));
  for (const id of ['one', 'two', 'three']) await generateText({ model: a2a(id), prompt });
  expect(calls.map(({ headers }) => headers.get('x-own'))).toEqual(
    expect.arrayContaining(['one', 'two-1', 'three', 'one', 'two-2', 'three']),
  );
  expect(calls.every(({ headers }) => headers.get('x-all') === 'all')).toBe(true);
});

describe('a task that waits for a sign-in', () => {
  test.each([
    { name: '1.x', start: startSdk1Peer },
    { name: '0.3', start: startSdk03Peer },
  ])('of a real server is a finish reason: $name', async ({ start }) => {
    const peer = await start();
    try {
      const model = createA2A()(peer.url);
      const generated = await generateText({ model, prompt: 'auth-required' });
      expect(generated).toMatchObject({ finishReason: 'other', rawFinishReason: 'auth-required' });
      const streamed = streamText({ model, prompt: 'auth-required' });
      await expect(streamed.rawFinishReason).resolves.toBe('auth-required');
      for (const metadata of [generated.providerMetadata, await streamed.providerMetadata]) {
        expect(metadata?.['a2a']).toMatchObject({
          state: 'auth-required',
          taskId: expect.any(String),
          authRequest: { message: 'Please sign in.' },
        });
      }
    } finally {
      await peer.close();
    }
  });

  test('tells what the agent asks for: words, data, addresses, metadata', async () => {
    const status = say.status('AUTH_REQUIRED');
    Object.assign(status.statusUpdate.status, {
      message: {
        messageId: 'm',
        role: 'ROLE_AGENT',
        parts: [
          { text: 'Sign in ' },
          { text: 'at GitHub.' },
          { data: { scopes: ['repo'] } },
          { url: 'https://github.com/login', mediaType: 'text/html' },
        ],
        metadata: { expiresIn: 600 },
        extensions: ['urn:in-task-auth'],
      },
    });
    const { model } = scriptedAgent(results(say.task('WORKING'), status));
    const { providerMetadata } = streamText({ model, prompt });
    expect((await providerMetadata)?.['a2a']?.['authRequest']).toEqual({
      message: 'Sign in at GitHub.',
      data: [{ scopes: ['repo'] }],
      urls: ['https://github.com/login'],
      metadata: { expiresIn: 600 },
      extensions: ['urn:in-task-auth'],
    });
  });

  test('no other state bears one', async () => {
    const { model } = scriptedAgent(result(say.task('INPUT_REQUIRED', { said: 'Which?' })));
    const { providerMetadata } = await generateText({ model, prompt });
    expect(providerMetadata?.['a2a']).not.toHaveProperty('authRequest');
  });
});
