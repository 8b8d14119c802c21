import { generateText, streamText } from 'ai';
import { expect, test } from 'vitest';
import { aSettlement } from './a-settlement';
import { ScriptedAgent } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

/** As Next.js' `after` outside of a request. */
const waitUntil = () => {
  throw new Error('`after` was called outside a request scope');
};

test('where waitUntil takes nothing, a result waits for its settlement', async () => {
  const { model, names, rail } = aSettlement({ options: { waitUntil } });
  rail.delayMs = 20;
  const { providerMetadata, text } = await generateText({ model, prompt: 'Hi', maxRetries: 0 });
  expect(text).toBe('Hi');
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
  expect(names()).toEqual(['held', 'released']);
});

test('so does a stream: it is read, and paid', async () => {
  const { model, names, rail } = aSettlement({ options: { waitUntil } });
  rail.delayMs = 20;
  const { finalStep, text } = streamText({ model, prompt: 'Hi', maxRetries: 0 });
  expect(await text).toBe('Hi');
  expect((await finalStep).providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
  expect(names()).toEqual(['held', 'released']);
});

test('and a call whose agent failed', async () => {
  const agent = new ScriptedAgent({ state: 'failed' });
  const { model, rail } = aSettlement({ agent, options: { waitUntil } });
  rail.delayMs = 20;
  await expect(generateText({ model, prompt: 'Hi', maxRetries: 0 })).rejects.toThrow('failed');
  expect(rail.statusOf('escrow-1')).toBe('refunded');
});

test('a hold that was lost is given back all the same', async () => {
  const { model, rail } = aSettlement({ options: { waitUntil } });
  const broken = new AbortController();
  rail.onCall = (call) => void (call === 'hold' && broken.abort());
  const asked = generateText({ model, prompt: 'Hi', abortSignal: broken.signal });
  await expect(asked).rejects.toThrow('aborted');
  await expect.poll(() => rail.statusOf('escrow-1')).toBe('refunded');
});
