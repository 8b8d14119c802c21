import { inspect } from 'node:util';
import { generateText, type ModelMessage, streamText } from 'ai';
import { describe, expect, it } from 'vitest';
import { readAccessToken } from '../../src/rails/nevermined/schemas';
import type { AgentWork } from '../../src/sandbox/nevermined-agent/wire-types';
import { backendUrl, endsWith, steps } from '../sandbox/nevermined/agent-of-nevermined';
import { aPaidModel } from './nevermined-model';

const versions = [2, 3] as const;

describe.each(versions)('an agent of Nevermined, tokens of version %i', (tokenVersion) => {
  it('is paid for what generateText gets', async () => {
    const { model, balance, names } = await aPaidModel({}, { tokenVersion });
    const { text, providerMetadata } = await generateText({ model, prompt: 'Hi' });
    expect(text).toBe('Hello');
    expect(balance()).toBe(95);
    expect(providerMetadata?.['settlement']).toMatchObject({
      status: 'released',
      amount: 5,
      captured: 5,
      fee: 0,
      currency: 'credits',
      proof: [{ network: 'eip155:84532', confirmedBy: 'agent' }],
    });
    expect(names()).toEqual(['released']);
  });

  it('is paid for what streamText gets; a receipt is found by one look, where one was paid in band', async () => {
    const { model, balance, seen } = await aPaidModel({}, { tokenVersion });
    const result = streamText({ model, prompt: 'Hi' });
    expect(await result.text).toBe('Hello');
    const settlement = (await result.providerMetadata)?.['settlement'];
    expect(settlement).toMatchObject({ status: 'released', captured: 5 });
    expect(balance()).toBe(95);
    expect(settlement?.['proof'] === undefined).toBe(tokenVersion === 2);
    expect(seen.filter(({ body }) => body.includes('"tasks/get"'))).toHaveLength(
      tokenVersion === 2 ? 0 : 1,
    );
  });

  it('that fails and takes nothing is not paid', async () => {
    const { model, balance, names } = await aPaidModel(
      { work: endsWith(0, 'failed') },
      { tokenVersion },
    );
    expect(await receiptOfFailure(model)).toMatchObject({ status: 'refunded', returned: 5 });
    expect(balance()).toBe(100);
    expect(names()).toEqual(['refunded']);
  });

  it('that fails and takes something has taken it', async () => {
    const { model, balance, names } = await aPaidModel(
      { work: endsWith(4, 'failed') },
      { tokenVersion },
    );
    const receipt = await receiptOfFailure(model);
    expect(receipt).toMatchObject({ status: 'taken', captured: 4 });
    expect(receipt?.['proof'] === undefined).toBe(tokenVersion === 2);
    expect(balance()).toBe(96);
    expect(names()).toEqual(['taken']);
  });

  it('that fails has taken what it says, also where generateText throws', async () => {
    const { model, balance, events } = await aPaidModel(
      { work: endsWith(4, 'failed') },
      { tokenVersion },
    );
    await expect(generateText({ model, prompt: 'Hi', maxRetries: 0 })).rejects.toThrow();
    expect(balance()).toBe(96);
    expect(events).toMatchObject([
      ['taken', { receipt: { status: 'taken', captured: 4, proof: [{ confirmedBy: 'agent' }] } }],
    ]);
  });

  it('that takes more than its card says is told of', async () => {
    const { model, balance, names } = await aPaidModel({ work: endsWith(77) }, { tokenVersion });
    const { providerMetadata } = await generateText({ model, prompt: 'Hi' });
    expect(balance()).toBe(23);
    expect(providerMetadata?.['settlement']).toMatchObject({
      status: 'released',
      amount: 5,
      captured: 77,
    });
    expect(names()).toEqual(['released', 'overcharged']);
  });

  it('that answers with a message, and takes nothing, may take it later: the token says until when', async () => {
    const { model, balance } = await aPaidModel(
      { work: steps({ step: 'message', text: 'Hello' }) },
      { tokenVersion },
    );
    const { providerMetadata } = await generateText({ model, prompt: 'Hi' });
    expect(balance()).toBe(100);
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'pending' });
  });

  it('never has a credential in what a caller, a listener or a message sees', async () => {
    const written: string[] = [];
    const stored = new Map<string, unknown>();
    const storage = {
      getItem: async (key: string) => stored.get(key) ?? null,
      setItem: async (key: string, value: unknown) => {
        written.push(`${key} ${JSON.stringify(value)}`);
        stored.set(key, value);
      },
      removeItem: async (key: string) => void stored.delete(key),
      getKeys: async (base = '') => [...stored.keys()].filter((key) => key.startsWith(base)),
    };
    const { model, events, seen } = await aPaidModel(
      { echoes: true },
      { tokenVersion },
      {
        journal: { storage },
      },
    );
    const generated = await generateText({ model, prompt: 'Hi' });
    const streamed = streamText({ model, prompt: 'Hi', includeRawChunks: true });
    const parts: unknown[] = [];
    for await (const part of streamed.stream) parts.push(part);
    const shown = JSON.stringify([
      generated.text,
      generated.providerMetadata,
      generated.response,
      parts,
      await streamed.response,
      events,
      written,
    ]);
    const tokens = seen.flatMap(({ headers }) => headers.get('payment-signature') ?? []);
    expect(tokens.length).toBeGreaterThan(1);
    for (const token of tokens) {
      const signature = readAccessToken(token)?.token.payload.signature ?? '?';
      expect(shown).not.toContain(token);
      expect(shown).not.toContain(signature);
    }
  });
});

it('puts no token of version 2 into a message', async () => {
  const { model, seen } = await aPaidModel();
  await generateText({ model, prompt: 'Hi' });
  const sent = seen.filter(({ body }) => body.includes('message/send'));
  expect(sent).toHaveLength(1);
  expect(sent[0]?.headers.get('payment-signature')).toMatch(/^eyJ/);
  expect(sent[0]?.body).not.toContain('x402.payment');
});

it('pays nothing without a limit in credits: no plan, no delegation, no token', async () => {
  const { model, backend, seen } = await aPaidModel({}, {}, { limits: { perCall: 50 } });
  await expect(generateText({ model, prompt: 'Hi' })).rejects.toMatchObject({
    code: 'NO_LIMIT',
    message: expect.stringContaining('credits'),
  });
  expect(backend.ledger().delegations).toEqual([]);
  expect(seen.filter(({ url }) => url.startsWith(backendUrl))).toEqual([]);
});

it('pays nothing above the limit', async () => {
  const { model, backend } = await aPaidModel({}, {}, { limits: { credits: { perCall: 4 } } });
  await expect(generateText({ model, prompt: 'Hi' })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  });
  expect(backend.ledger().delegations).toEqual([]);
});

it('answers one challenge, where the card does not say who is paid', async () => {
  const { model, balance, seen } = await aPaidModel({ cardWithoutPayment: true });
  const { text, providerMetadata } = await generateText({ model, prompt: 'Hi' });
  expect(text).toBe('Hello');
  expect(balance()).toBe(95);
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released', captured: 5 });
  expect(seen.filter(({ body }) => body.includes('message/send'))).toHaveLength(2);
});

it('drops a token of version 2 that an agent refuses, and says that nothing was taken', async () => {
  let refused = '';
  const { model, balance, names, seen } = await aPaidModel({
    intercept: async (request) => {
      if (!request.url.endsWith('/verify')) return undefined;
      const { x402AccessToken = '' } = (await request.json()) as { x402AccessToken?: string };
      refused ||= x402AccessToken;
      return x402AccessToken === refused
        ? Response.json({ isValid: false, invalidReason: `not ${refused}` })
        : undefined;
    },
  });
  const error = await generateText({ model, prompt: 'Hi', maxRetries: 0 }).catch(
    (failure: unknown) => failure,
  );
  expect(error).toMatchObject({ statusCode: 402, isRetryable: false });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(refused.slice(0, 60));
  expect(names()).toEqual(['refunded']);
  const { text } = await generateText({ model, prompt: 'Hi' });
  expect(text).toBe('Hello');
  expect(balance()).toBe(95);
  expect(seen.filter(({ url }) => url.endsWith('/permissions'))).toHaveLength(2);
});

it('pays once more, with a new token, where an agent refuses one and says what it asks for', async () => {
  let refused = '';
  const { model, balance, names, seen } = await aPaidModel({
    asksAgain: true,
    intercept: async (request) => {
      if (!request.url.endsWith('/verify')) return undefined;
      const { x402AccessToken = '' } = (await request.json()) as { x402AccessToken?: string };
      refused ||= x402AccessToken;
      return x402AccessToken === refused ? Response.json({ isValid: false }) : undefined;
    },
  });
  const { text, providerMetadata } = await generateText({ model, prompt: 'Hi', maxRetries: 0 });
  expect(text).toBe('Hello');
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released', captured: 5 });
  expect(balance()).toBe(95);
  expect(names()).toEqual(['refunded', 'released']);
  expect(seen.filter(({ url }) => url.endsWith('/permissions'))).toHaveLength(2);
  expect(seen.filter(({ body }) => body.includes('message/send'))).toHaveLength(2);
});

/** Asks back for one credit, and answers for four. */
function asksBack(): AgentWork {
  let turn = 0;
  return async function* () {
    turn += 1;
    if (turn === 1) {
      yield {
        step: 'end',
        state: 'input-required',
        text: 'Of what?',
        metadata: { creditsUsed: 1 },
      };
      return;
    }
    yield { step: 'text', text: 'Of you' };
    yield { step: 'end', state: 'completed', metadata: { creditsUsed: 4 } };
  };
}

it('pays each message of a task that asks back: with a new token of version 3', async () => {
  const { model, balance, seen } = await aPaidModel({ work: asksBack() }, { tokenVersion: 3 });
  const first = await generateText({ model, prompt: 'A poem' });
  const asked = first.providerMetadata?.['settlement'];
  // What the agent says that it used, and shows no payment for.
  expect(asked).toMatchObject({ status: 'released', captured: 1 });
  expect(asked).not.toHaveProperty('proof');
  const second = await generateText({
    model,
    messages: [
      { role: 'user', content: 'A poem' },
      ...first.response.messages,
      { role: 'user', content: 'Of me' },
    ],
  });
  expect(second.text).toBe('Of you');
  expect(second.providerMetadata?.['settlement']).toMatchObject({
    status: 'released',
    captured: 4,
  });
  // A send that asks back is not settled.
  expect(balance()).toBe(96);
  const tokens = seen.flatMap(({ body, headers }) =>
    body.includes('message/send') ? [headers.get('payment-signature')] : [],
  );
  expect(new Set(tokens).size).toBe(2);
});

it.each(versions)('counts what each turn of a stream takes, version %i', async (tokenVersion) => {
  const limits = { credits: { perCall: 50, perConversation: 6 } };
  const paid = await aPaidModel({ work: asksBack() }, { tokenVersion }, { limits });
  const messages: ModelMessage[] = [{ role: 'user', content: 'A poem' }];
  const receipts: unknown[] = [];
  for (let turn = 0; turn < 2; turn++) {
    const result = streamText({ model: paid.model, messages });
    messages.push(...(await result.response).messages, { role: 'user', content: 'Of me' });
    receipts.push((await result.providerMetadata)?.['settlement']);
  }
  expect(receipts).toMatchObject([
    { status: 'released', captured: 1 },
    { status: 'released', captured: 4 },
  ]);
  expect(paid.balance()).toBe(95);
  await expect(generateText({ model: paid.model, messages, maxRetries: 0 })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  });
});

it('does not know what an agent took that was left, until its task says so', async () => {
  const gate = Promise.withResolvers<undefined>();
  const work: AgentWork = async function* () {
    yield { step: 'text', text: 'He' };
    await gate.promise;
    yield { step: 'end', state: 'completed', metadata: { creditsUsed: 5 } };
  };
  const { model, balance, names } = await aPaidModel({ work }, { tokenVersion: 3 });
  const controller = new AbortController();
  const result = streamText({ model, prompt: 'Hi', abortSignal: controller.signal });
  for await (const text of result.textStream) {
    expect(text).toBe('He');
    controller.abort();
  }
  gate.resolve(undefined);
  await expect.poll(() => balance()).toBe(95);
  expect(names()).toEqual([]);
});

async function receiptOfFailure(model: Parameters<typeof streamText>[0]['model']) {
  const stream = streamText({ model, prompt: 'Hi', maxRetries: 0, onError: () => {} });
  for await (const part of stream.stream) {
    if (part.type === 'finish-step') return part.providerMetadata?.['settlement'];
  }
  return undefined;
}
