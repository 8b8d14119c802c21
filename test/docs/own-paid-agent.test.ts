import { generateText, wrapLanguageModel } from 'ai';
import { MockLanguageModelV4, simulateReadableStream } from 'ai/test';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { acceptExchange, createPaidAgent } from 'ai-sdk-a2a-settlement/agent';
import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { expect, test } from 'vitest';

test('the poet is paid for a poem', async () => {
  const sandbox = createSandbox();
  const { exchangeUrl, payer } = sandbox;

  // An account for the agent. The exchange gives each new account 100 tokens.
  const registered = await sandbox.fetch(`${exchangeUrl}/v1/accounts/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      bot_name: 'poet',
      developer_id: 'me',
      developer_name: 'Me',
      contact_email: 'me@example.com',
    }),
  });
  const { account, api_key: apiKey } = await registered.json();

  const errors: unknown[] = [];
  const poet = createPaidAgent({
    model: modelThatSays('Roses are red.'),
    url: 'https://poet.test/agent',
    name: 'poet',
    description: 'Writes poems.',
    skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
    accepts: [
      acceptExchange({
        exchangeUrl,
        apiKey,
        accountId: account.id,
        price: 10,
        fetch: sandbox.fetch,
      }),
    ],
    onError: (error) => errors.push(error),
  });

  // One fetch for the buyer: the agent is at its own host, the exchange at that of the sandbox.
  const fetch: typeof globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    return new URL(request.url).host === 'poet.test' ? poet(request) : sandbox.fetch(request);
  };
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
  });
  const model = wrapLanguageModel({
    model: createA2A({ fetch })('https://poet.test/agent'),
    middleware: settlement.middleware,
  });

  const { text, providerMetadata } = await generateText({ model, prompt: 'A poem, please' });

  expect(text).toBe('Roses are red.');
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released', amount: 10 });
  const { accounts } = sandbox.ledger();
  expect(accounts.find(({ id }) => id === account.id)?.available).toBe(110);
  expect(errors).toEqual([]);
});

/** A model that needs no key. */
function modelThatSays(text: string) {
  return new MockLanguageModelV4({
    doStream: async () => ({
      stream: simulateReadableStream({
        chunks: [
          { type: 'stream-start', warnings: [] },
          { type: 'text-start', id: '1' },
          { type: 'text-delta', id: '1', delta: text },
          { type: 'text-end', id: '1' },
          {
            type: 'finish',
            finishReason: { unified: 'stop', raw: 'stop' },
            usage: {
              inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
              outputTokens: { total: 4, text: 4, reasoning: undefined },
            },
          },
        ],
      }),
    }),
  });
}
