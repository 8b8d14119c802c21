import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import { MockLanguageModelV4 } from 'ai/test';
import { exchangeRail } from 'ai-sdk-a2a-settlement';
import { acceptExchange, createPaidAgent } from '../../src/agent';
import { SETTLEMENT_EXTENSION_URI } from '../../src/rails/exchange/schemas';
import { createExchange } from '../../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';
import { saying, scriptedModel, thinking } from '../agent/model/scripted-model';
import { serveHandler, type ServedHandler } from './served-handler';

const exchangeUrl = 'https://exchange.test/api/v1';

/** An agent of `createPaidAgent` on loopback, for clients that others wrote. */
export interface PaidPoet extends Omit<ServedHandler, 'server'> {
  /** Headers of who knows the settlement extension, by either name. */
  headers: Record<string, string>;
  /** Makes an escrow by hand: the metadata of a message that names it. */
  pay: () => Promise<Record<string, unknown>>;
  /** States of all escrows, in their order. */
  escrows: () => string[];
  /** Signals of the model's calls. */
  signals: (AbortSignal | undefined)[];
  errors: unknown[];
}

/** Takes 10 tokens a poem. What a message says last is what the model does. */
export async function startPaidPoet(): Promise<PaidPoet> {
  const exchange = createExchange();
  const fetch = inProcessFetch('https://exchange.test', exchange.fetch);
  const seller = exchange.register('poet', { tokens: 0 });
  const buyer = exchange.register('buyer', { tokens: 1000 });
  const rail = exchangeRail({ exchangeUrl, apiKey: buyer.apiKey, fetch });
  const signals: PaidPoet['signals'] = [];
  const errors: unknown[] = [];
  const waiting = new Set<() => void>();
  const model = new MockLanguageModelV4({
    doStream: async (call) => {
      signals.push(call.abortSignal);
      const text = lastWords(call.prompt);
      const answer = [...thinking('Hm.'), ...saying('Roses ', 'are red.')];
      const { stream } = await scriptedModel([answer]).doStream(call);
      const slowly = new TransformStream({
        async transform(part, controller) {
          if (part.type === 'text-delta' && part.delta === 'are red.') {
            if (text === 'fails') throw new Error('The ink is dry.');
            if (text === 'hangs') await new Promise(() => {});
            if (text === 'waits to be told') {
              await new Promise<void>((resolve) => waiting.add(resolve));
            }
          }
          controller.enqueue(part);
        },
      });
      return { stream: stream.pipeThrough(slowly) };
    },
  });
  const served = await serveHandler(
    '/poet/',
    (url) =>
      createPaidAgent({
        model,
        url,
        name: 'poet',
        description: 'Writes poems.',
        skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
        accepts: [acceptExchange({ exchangeUrl, ...seller, price: 10, fetch })],
        onError: (error) => errors.push(error),
      }),
    () => {
      for (const goOn of waiting) goOn();
    },
  );
  return {
    ...served,
    headers: {
      'A2A-Extensions': SETTLEMENT_EXTENSION_URI,
      'X-A2A-Extensions': SETTLEMENT_EXTENSION_URI,
    },
    async pay() {
      const hold = await rail.hold({
        taskId: crypto.randomUUID(),
        payee: seller.accountId,
        amount: 10,
        ttlMinutes: 10,
        agent: { id: served.url, card: undefined },
      });
      return (await rail.decorate(hold, { isFirst: true })).metadata;
    },
    escrows: () => exchange.ledger().escrows.map(({ status }) => status),
    signals,
    errors,
  };
}

function lastWords(prompt: LanguageModelV4Prompt): string {
  const last = prompt.at(-1);
  if (last === undefined || typeof last.content === 'string') return '';
  return last.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
