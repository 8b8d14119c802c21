import { generateText, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import type { Binding } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { agentCard, card03 } from './scripted-agent';

const peers = [
  { name: 'SDK 1.x', start: startSdk1Peer, binding: 'JSONRPC' },
  { name: 'SDK 1.x, HTTP+JSON', start: startSdk1Peer, binding: 'HTTP+JSON' },
  { name: 'SDK 0.3', start: startSdk03Peer, binding: 'JSONRPC' },
  { name: 'SDK 0.3, HTTP+JSON', start: startSdk03Peer, binding: 'HTTP+JSON' },
] satisfies { name: string; start: unknown; binding: Binding }[];

describe.each(peers)('$name', ({ name, start, binding }) => {
  test('a stream that is cut goes on by itself, without repeating a word', async () => {
    const peer = await start({ binding });
    try {
      const a2a = createA2A({ polling: { intervalMs: 5 } });
      const deltas: string[] = [];
      const { textStream, finishReason } = streamText({
        model: a2a(peer.url),
        prompt: 'cut, then completes',
      });
      for await (const delta of textStream) deltas.push(delta);
      expect(deltas.join('')).toBe('Half of the answer.');
      expect(await finishReason).toBe('stop');
      expect(peer.messages()).toHaveLength(1);
      const relistened = peer.seen.filter(
        ({ body, path }) =>
          /SubscribeToTask|tasks\/resubscribe/.test(body) || /:subscribe/.test(path),
      );
      // What a server of 0.3 stores may not survive a second listener.
      if (name.startsWith('SDK 0.3')) expect(relistened).toEqual([]);
      else expect(relistened.length).toBeGreaterThan(0);
    } finally {
      await peer.close();
    }
  });

  test('many cuts at once stay apart', async () => {
    const peer = await start({ binding });
    try {
      const model = createA2A({ polling: { intervalMs: 5 } })(peer.url);
      const texts = await Promise.all(
        Array.from({ length: 5 }, () => streamText({ model, prompt: 'cut, then completes' }).text),
      );
      expect(texts).toEqual(texts.map(() => 'Half of the answer.'));
    } finally {
      await peer.close();
    }
  });
});

test.each([
  ['1.x', startSdk1Peer, '0.3'],
  ['0.3', startSdk03Peer, '1.0'],
] as const)('a real SDK %s server behind a wrong card', async (_, start, declared) => {
  const peer = await start();
  try {
    // What it would be without a card, or with that of a gateway.
    const card = declared === '1.0' ? agentCard({ url: peer.url }) : card03({ url: peer.url });
    const a2a = createA2A({
      fetch: (input, init) =>
        String(input).endsWith('.json')
          ? Promise.resolve(Response.json(card))
          : globalThis.fetch(input, init),
    });
    const model = a2a(peer.url);
    expect(await streamText({ model, prompt: 'completes' }).text).toBe('Hello, wörld 🌍!');
    expect((await generateText({ model, prompt: 'completes' })).text).toBe('Hello, wörld 🌍!');
  } finally {
    await peer.close();
  }
});
