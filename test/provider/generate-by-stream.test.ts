import { generateText } from 'ai';
import { expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import type { A2AAgentSettings } from '../../src/provider/a2a-provider-settings';
import type { Peer, PeerOptions } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { agentCard, agentUrl, result, results, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const modelOf = (url: string, settings: Pick<A2AAgentSettings, 'generate'> = {}) =>
  createA2A({
    agents: { peer: { url, generate: 'stream', ...settings } },
    polling: { intervalMs: 5 },
  })('peer');
const sends = /SendMessage|message\/send|message:send/;

const peers: [string, (options?: PeerOptions) => Promise<Peer>, PeerOptions][] = [
  ['1.x over JSON-RPC', startSdk1Peer, {}],
  ['1.x over HTTP+JSON', startSdk1Peer, { binding: 'HTTP+JSON' }],
  ['0.3 over JSON-RPC', startSdk03Peer, {}],
  ['0.3 over HTTP+JSON', startSdk03Peer, { binding: 'HTTP+JSON' }],
];

test.each(peers)('SDK %s: gives what a blocking message gives', async (_, start, options) => {
  const peer = await start(options);
  try {
    for (const prompt of ['completes', 'asks']) {
      const both = await Promise.all(
        [modelOf(peer.url), modelOf(peer.url, { generate: 'send' })].map(async (model) => {
          const { content, finishReason, rawFinishReason, text, warnings } = await generateText({
            model,
            prompt,
          });
          const types = content.map(({ type }) => type);
          return { finishReason, rawFinishReason, text, types, warnings };
        }),
      );
      expect(both[0]).toEqual(both[1]);
    }
    const [first] = peer.messages();
    expect(first).toBeDefined();
  } finally {
    await peer.close();
  }
});

test.each(peers)('SDK %s: survives a cut line', async (_, start, options) => {
  const peer = await start(options);
  try {
    const { text } = await generateText({
      model: modelOf(peer.url),
      prompt: 'cut, then completes',
    });
    expect(text).toBe('Half of the answer.');
    expect(peer.messages()).toHaveLength(1);
    expect(peer.seen.some(({ body, path }) => sends.test(body) || sends.test(path))).toBe(false);
  } finally {
    await peer.close();
  }
});

test('an abort has the agent cancel the task', async () => {
  const abort = new AbortController();
  const { a2a, requests } = scriptedAgent(
    [
      ({ id }) => {
        const frame = JSON.stringify({ jsonrpc: '2.0', id, result: say.task('WORKING') });
        setTimeout(() => abort.abort(), 20);
        return new Response(
          new ReadableStream({
            start: (controller) =>
              controller.enqueue(new TextEncoder().encode(`data: ${frame}\n\n`)),
          }),
          { headers: { 'content-type': 'text/event-stream' } },
        );
      },
      result(say.task('CANCELED')),
    ],
    { agents: { peer: { url: agentUrl, generate: 'stream' } } },
  );
  await expect(
    generateText({ model: a2a('peer'), prompt: 'Go', abortSignal: abort.signal }),
  ).rejects.toMatchObject({ name: 'AbortError' });
  expect(requests().map(({ rpc }) => rpc)).toEqual(['SendStreamingMessage', 'CancelTask']);
});

test('progress is no part of the result, a task that ended without another answer has it as text', async () => {
  const { a2a } = scriptedAgent(
    [
      results(
        say.task('WORKING', { said: 'Thinking' }),
        say.artifact('a', 'Done'),
        say.status('COMPLETED'),
      ),
      results(say.task('WORKING', { said: 'Only this' }), say.status('COMPLETED')),
      result(say.task('COMPLETED')),
    ],
    { agents: { peer: { url: agentUrl, generate: 'stream' } } },
  );
  const model = a2a('peer');
  const { content } = await generateText({ model, prompt: 'Go' });
  expect(content.map(({ type }) => type)).toEqual(['text']);
  expect((await generateText({ model, prompt: 'Go' })).text).toBe('Only this');
});

test('an agent that does not stream, as its card says, is waited for, with a warning', async () => {
  const { a2a, requests } = scriptedAgent(result(say.message('Hi')), {
    card: agentCard({}, { capabilities: { streaming: false } }),
    agents: { peer: { url: agentUrl, generate: 'stream' } },
  });
  const { text, warnings } = await a2a('peer')
    .doGenerate({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }] })
    .then(({ content, warnings: given }) => ({ text: content[0], warnings: given }));
  expect(text).toMatchObject({ text: 'Hi' });
  expect(warnings).toEqual([
    expect.objectContaining({ type: 'unsupported', feature: "generate: 'stream'" }),
  ]);
  expect(requests().map(({ rpc }) => rpc)).toEqual(['SendMessage']);
});

test('it cannot be set for an agent that must not be asked to stream', () => {
  expect(() =>
    createA2A({ agents: { peer: { url: agentUrl, generate: 'stream', streaming: false } } }),
  ).toThrow("generate: 'stream' and streaming: false");
});
