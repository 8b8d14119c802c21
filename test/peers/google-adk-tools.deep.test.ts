import { generateText, type ModelMessage, streamText, wrapLanguageModel } from 'ai';
import { a2a, createSettlement } from 'ai-sdk-a2a-settlement';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/v4';
import { serveSandbox } from '../../src/sandbox/serve-sandbox';
import { isInstalled } from './installed-peers';
import type { PeerProcess } from './peer-process';
import { startPythonServer } from './python/python-peer';

/** What ADK says of a call that somebody else is to answer. */
const functionCall = z.object({
  data: z.object({ id: z.string(), name: z.string(), args: z.record(z.string(), z.json()) }),
  metadata: z.object({
    adk_type: z.literal('function_call'),
    adk_is_long_running: z.literal(true),
  }),
});

const hasAdk = isInstalled('google-adk');

describe.skipIf(!hasAdk)('a tool of an ADK agent that takes long', () => {
  let peer: PeerProcess;
  let sandbox: Awaited<ReturnType<typeof serveSandbox>>;
  beforeAll(async () => {
    [peer, sandbox] = await Promise.all([startPythonServer('google-adk'), serveSandbox()]);
  });
  afterAll(() => Promise.all([peer.close(), sandbox.close()]));

  it.each(['generate', 'stream'] as const)(
    'is answered with the next message of the task, under one hold: %s',
    async (mode) => {
      const settlement = createSettlement({
        exchangeUrl: sandbox.exchangeUrl,
        apiKey: sandbox.payer.apiKey,
        agents: { [peer.url]: { accountId: sandbox.agents.streamer.accountId, tokensPerCall: 7 } },
      });
      const told: string[] = [];
      for (const name of ['held', 'kept', 'released', 'refunded'] as const) {
        settlement.on(name, () => told.push(name));
      }
      const model = wrapLanguageModel({ model: a2a(peer.url), middleware: settlement.middleware });
      const call = async (messages: ModelMessage[]) => {
        if (mode === 'generate') return generateText({ model, messages });
        const { content, finishReason, providerMetadata, response, text } = streamText({
          model,
          messages,
        });
        return {
          content: await content,
          finishReason: await finishReason,
          providerMetadata: await providerMetadata,
          response: await response,
          text: await text,
        };
      };
      const asked: ModelMessage[] = [{ role: 'user', content: 'ask the office' }];
      const first = await call(asked);
      expect(first.providerMetadata?.['a2a']).toMatchObject({ state: 'input-required' });
      const calls = first.content.flatMap((part) => {
        if (part.type !== 'custom') return [];
        const read = functionCall.safeParse(part.providerMetadata?.['a2a']);
        return read.success ? [read.data] : [];
      });
      expect(calls).toMatchObject([{ data: { name: 'ask_the_office', args: { what: 'a trip' } } }]);
      const [{ data } = { data: { id: '', name: '' } }] = calls;

      const second = await call([
        ...asked,
        ...first.response.messages,
        {
          role: 'user',
          content: [
            {
              type: 'text',
              text: 'approved',
              providerOptions: {
                a2a: {
                  data: { id: data.id, name: data.name, response: { status: 'approved' } },
                  metadata: { adk_type: 'function_response' },
                },
              },
            },
          ],
        },
      ]);
      expect(second.text).toBe('The office said approved.');
      expect(second.providerMetadata?.['a2a']).toMatchObject({
        state: 'completed',
        taskId: first.providerMetadata?.['a2a']?.['taskId'],
      });
      expect(told).toEqual(['held', 'kept', 'released']);
      await settlement.reconcile();
    },
  );
});
