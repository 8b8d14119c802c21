import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { A2AProtocolError, A2ATaskError } from '../../src/provider/client/a2a-error';
import type { Binding } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { failureOf } from './failure-of';
import { agentUrl, result, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const peers = [
  { name: 'SDK 1.x', start: startSdk1Peer, binding: 'JSONRPC' },
  { name: 'SDK 1.x, HTTP+JSON', start: startSdk1Peer, binding: 'HTTP+JSON' },
  { name: 'SDK 0.3', start: startSdk03Peer, binding: 'JSONRPC' },
  { name: 'SDK 0.3, HTTP+JSON', start: startSdk03Peer, binding: 'HTTP+JSON' },
] satisfies { name: string; start: unknown; binding: Binding }[];
const modes = ['generate', 'stream'] as const;

describe.each(peers)('$name', ({ start, binding }) => {
  test.each(modes)('%s: what the agent attached to a failed task is on the error', async (mode) => {
    const peer = await start({ binding });
    try {
      const error = await failureOf(createA2A()(peer.url), mode, 'fails, and says what was taken');
      if (!A2ATaskError.isInstance(error)) throw error;
      expect(error.message).toBe('The oven is cold.');
      expect(error.metadata).toEqual({
        'x402.payment.status': 'payment-failed',
        'x402.payment.receipts': [{ success: true }],
      });
      // Agents hand back what they were sent, a payment too: nothing that writes errors down sees it.
      expect(
        `${JSON.stringify(error)}${inspect(error, { depth: 9, showHidden: true })}`,
      ).not.toMatch(/payment-failed/);
      expect(Object.entries({ ...error }).flat()).not.toContainEqual(error.metadata);
    } finally {
      await peer.close();
    }
  });

  test.each(modes)('%s: an HTTP 402 keeps what says how to pay, and no more', async (mode) => {
    const kept = {
      'payment-required': 'eyJ4NDAyVmVyc2lvbiI6Mn0=',
      'payment-response': 'eyJzdWNjZXNzIjpmYWxzZX0=',
      'www-authenticate': 'Payment id="1", method="tempo"',
    };
    const headers = { ...kept, 'x-own': 'c', 'set-cookie': 'a=b' };
    const peer = await start({ binding, allows: () => ({ status: 402, headers }) });
    try {
      const error = await failureOf(createA2A()(peer.url), mode);
      if (!A2AProtocolError.isInstance(error)) throw error;
      expect(error).toMatchObject({ statusCode: 402, isRetryable: false });
      expect(error.responseHeaders).toEqual(kept);
    } finally {
      await peer.close();
    }
  });
});

test('a failed task with nothing attached has no metadata', () => {
  const facts = { agent: 'a', taskId: 't', contextId: 'c', state: 'failed', agentMessage: 'no' };
  expect(new A2ATaskError(facts).metadata).toBeUndefined();
});

test('of other answers than an HTTP 402 these headers are not kept', async () => {
  const { model } = scriptedAgent(
    () => new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer' } }),
  );
  expect(await failureOf(model)).toHaveProperty('responseHeaders', {});
});

test('a credential that the challenge hands back is taken out of it', async () => {
  const { model } = scriptedAgent(
    ({ headers }) =>
      new Response('', {
        status: 402,
        headers: { 'www-authenticate': `Payment was="${headers.get('payment-signature')}"` },
      }),
    { headers: { 'payment-signature': 'c2VjcmV0LXNlY3JldA' } },
  );
  expect(await failureOf(model)).toHaveProperty('responseHeaders', {
    'www-authenticate': 'Payment was="[payment-signature]"',
  });
});

test('a payment that an agent hands back with a part, or asks to sign in with, is not shown', async () => {
  const echo = { 'x402.payment.payload': { signature: '0xSIGNED' }, 'payment-signature': 'TOKEN' };
  const task = {
    id: 't-1',
    contextId: 'c-1',
    status: {
      state: 'TASK_STATE_AUTH_REQUIRED',
      message: { messageId: 'm', role: 'ROLE_AGENT', parts: [], metadata: { realm: 'x', ...echo } },
    },
    artifacts: [
      {
        artifactId: 'a',
        parts: [
          { data: { n: 1 }, metadata: { lang: 'en', ...echo } },
          { url: 'https://files.example.com/a.pdf', metadata: { page: 2, within: [echo] } },
        ],
      },
    ],
  };
  const { a2a } = scriptedAgent(result({ task }));
  const shown = await a2a(agentUrl).doGenerate({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  });
  const { content, providerMetadata } = shown;
  expect(JSON.stringify({ content, providerMetadata })).not.toMatch(/SIGNED|TOKEN/);
  expect(
    content.flatMap(({ providerMetadata: { a2a: own } = {} }) => own?.['metadata'] ?? []),
  ).toEqual(expect.arrayContaining([{ lang: 'en' }, { page: 2, within: [{}] }]));
  expect(providerMetadata?.['a2a']?.['authRequest']).toMatchObject({ metadata: { realm: 'x' } });
});
