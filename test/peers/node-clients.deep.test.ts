import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HandlerAgent, startHandlerAgent } from './handler-agent';
import { isInstalled } from './installed-peers';
import { runNodeClient } from './node/node-peer';
import { type PaidPoet, startPaidPoet } from './paid-poet';

let agent: HandlerAgent;
let poet: PaidPoet;
beforeEach(async () => {
  agent = await startHandlerAgent();
  poet = await startPaidPoet();
});
afterEach(async () => {
  await agent.close();
  await poet.close();
});

const texts = ['completes', 'bare message', 'fails', 'input-required'];
const refused = 'Client must declare support for required extensions';

test.skipIf(!isInstalled('a2a-ai-provider'))('a2a-ai-provider calls agents of ours', async () => {
  const calls = [false, true].flatMap((streaming) => texts.map((text) => ({ text, streaming })));
  const finishReason = 'stop';
  expect(await runNodeClient('a2a-ai-provider', { url: agent.url, calls })).toEqual([
    { finishReason, text: 'Hello, wörld 🌍!' },
    { finishReason, text: 'Just a message.' },
    // To it, whatever an agent says last is the answer.
    { finishReason, text: 'The oven is cold.' },
    { finishReason, text: 'Which city?' },
    { finishReason, chunks: ['Hello, ', 'wörld ', '🌍!'] },
    { finishReason, chunks: ['Just a message.'] },
    { finishReason: 'error', chunks: [] },
    { finishReason, chunks: [] },
  ]);
  // It has no place for a payment.
  const unpaid = [false, true].map((streaming) => ({ text: 'A poem', streaming }));
  expect(await runNodeClient('a2a-ai-provider', { url: poet.url, calls: unpaid })).toEqual(
    unpaid.map(() => ({ error: expect.stringContaining(refused) })),
  );
});

test.skipIf(!isInstalled('strands-agents-js'))('Strands calls agents of ours', async () => {
  const calls = texts.map((text) => ({ text }));
  const stopReason = 'endTurn';
  expect(await runNodeClient('strands-agents-js', { url: agent.url, calls })).toEqual([
    { stopReason, text: 'Hello, wörld 🌍!' },
    { stopReason, text: 'Just a message.' },
    // It reads artifacts and messages, and no statuses.
    { stopReason, text: '' },
    { stopReason, text: '' },
  ]);
  const unpaid = [{ text: 'A poem' }];
  expect(await runNodeClient('strands-agents-js', { url: poet.url, calls: unpaid })).toEqual([
    { error: expect.stringContaining(refused) },
  ]);
});
