import { defaultSettingsMiddleware, generateText, streamText, wrapLanguageModel } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createA2A, createSettlement, exchangeRail, type SettlementOptions } from '../../src/index';
import { createSandbox, type Sandbox } from '../../src/sandbox';
import { assertListed } from '../../src/settlement/plan/assert-allowed';
import { aSettlement } from './a-settlement';
import { FakeRail } from './fake-rail';
import { promptAfter, settlementOf } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

let sandbox: Sandbox;
let events: string[];
beforeEach(() => {
  sandbox = createSandbox({ agentDelayMs: 1 });
  events = [];
});
afterEach(() => sandbox.close());

function agent(name: 'streamer' | 'slow' | 'data' | 'failing', options: SettlementOptions = {}) {
  const { exchangeUrl, fetch, payer } = sandbox;
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
    ...options,
  });
  for (const event of ['held', 'released', 'refunded', 'unsettled'] as const) {
    settlement.on(event, () => events.push(event));
  }
  return wrapLanguageModel({
    model: createA2A({ fetch })(sandbox.agents[name].url),
    middleware: settlement.middleware,
  });
}

const ask = (model: ReturnType<typeof agent>) =>
  generateText({ model, prompt: 'Weather?', maxRetries: 0 });

describe('who may be paid', () => {
  const refusals: [string, SettlementOptions, string][] = [
    ['an agent that is not listed', { allow: { agents: ['other'] } }, 'NOT_ALLOWED'],
    ['a payee that is not listed', { allow: { payees: ['other'] } }, 'NOT_ALLOWED'],
    ['a quote that is declined', { approve: () => false }, 'NOT_APPROVED'],
    ['a price above the limit', { limits: { perCall: 4 } }, 'LIMIT_EXCEEDED'],
  ];
  test.each(refusals)('%s: a typed error, nothing held, nothing sent', async (_, options, code) => {
    await expect(ask(agent('data', options))).rejects.toMatchObject({ code });
    expect(events).toEqual([]);
    expect(sandbox.ledger().escrows).toEqual([]);
  });

  test.each([
    [
      '0xAbCdEf0123456789aBcDeF0123456789AbCdEf01',
      '0xabcdef0123456789abcdef0123456789abcdef01',
      true,
    ],
    [
      '0xabcdef0123456789abcdef0123456789abcdef01',
      '0XABCDEF0123456789ABCDEF0123456789ABCDEF01',
      true,
    ],
    [
      '0xabcdef0123456789abcdef0123456789abcdef01',
      '0xabcdef0123456789abcdef0123456789abcdef02',
      false,
    ],
    // What is no address of 20 bytes may mean something else in other letters.
    ['0xabcdef', '0xABCDEF', false],
    ['Account', 'account', false],
  ])('payee %s where %s is listed: %s', (payee, listed, isPaid) => {
    const check = () => assertListed('agent', { payee }, { allow: { payees: ['other', listed] } });
    if (isPaid) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }));
  });

  test('approve sees what would be held, and may take its time', async () => {
    const approve = vi.fn(async () => true);
    await ask(agent('data', { approve, ttlMinutes: 7 }));
    expect(approve).toHaveBeenCalledWith({
      agent: sandbox.agents.data.url,
      payee: sandbox.agents.data.accountId,
      amount: 5,
      ttlMinutes: 7,
    });
    expect(events).toEqual(['held', 'released']);
  });
});

test('middleware between the settlement and the agent: unpaid, with a warning that says where it belongs', async () => {
  const { exchangeUrl, fetch, payer } = sandbox;
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
  });
  const other = defaultSettingsMiddleware({ settings: {} });
  const model = createA2A({ fetch })(sandbox.agents.data.url);
  const wrong = wrapLanguageModel({ model, middleware: [settlement.middleware, other] });
  const { warnings } = await ask(wrong);
  expect(JSON.stringify(warnings)).toContain('last in the list of `middleware`');
  const right = wrapLanguageModel({ model, middleware: [other, settlement.middleware] });
  const { providerMetadata } = await ask(right);
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
});

test.each(['approve', 'price'])('a caller who leaves while %s thinks is not kept', async (name) => {
  const abort = new AbortController();
  const thinks = () => {
    abort.abort(new DOMException('late', 'TimeoutError'));
    return new Promise<never>(() => {});
  };
  const model = agent('data', { [name]: thinks });
  const asked = generateText({ model, prompt: 'Weather?', abortSignal: abort.signal });
  await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(sandbox.ledger().escrows).toEqual([]);
});

test('parallel calls stay within a window; refunds give their part back', async () => {
  const limits = { perWindow: { amount: 15, minutes: 10 } };
  const model = agent('data', { limits });
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => ask(model)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  expect(sandbox.ledger().escrows.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(
    15,
  );

  const failing = agent('failing', { limits });
  for (let call = 0; call < 3; call++) await ask(failing).catch(() => {});
  expect(sandbox.ledger().escrows.filter(({ status }) => status === 'refunded')).toHaveLength(3);
});

describe('an abort', () => {
  test.each([
    ['slow', undefined, 'refunded'],
    ['slow', 'release' as const, 'refunded'],
  ] as const)('of %s with onAbort %s: the canceled task is %s', async (name, onAbort, end) => {
    const abort = new AbortController();
    const model = agent(name, onAbort === undefined ? {} : { onAbort });
    const result = streamText({ model, prompt: 'Go', abortSignal: abort.signal });
    for await (const part of result.fullStream) {
      if (part.type === 'text-delta' || part.type === 'reasoning-delta') abort.abort();
    }
    await vi.waitFor(() => expect(events).toEqual(['held', end]));
  });
});

describe('a price of 0, and a card that requires payment', () => {
  function required(amount: number | undefined) {
    const rail = Object.assign(new FakeRail(), {
      decorateOffer: () => ({ metadata: {}, extensions: ['urn:pay'] }),
    });
    rail.cardTerms = { payee: 'payee', amount, required: true };
    return rail;
  }

  test.each<[string, SettlementOptions]>([
    ['agents["agent"].tokensPerCall', { agents: { agent: { tokensPerCall: 0 } } }],
    ['price', { price: () => 0 }],
  ])('%s: nothing is sent', async (setting, options) => {
    const { agent, model, rail } = aSettlement({ rail: required(5), options });
    await expect(model.doGenerate({ prompt: promptAfter() })).rejects.toMatchObject({
      code: 'PAYMENT_REQUIRED',
      message: expect.stringContaining(`${setting} is 0`),
    });
    expect([agent.calls, rail.asked]).toEqual([[], []]);
  });

  test('a skill that is free on the card: no hold, and the extension is declared', async () => {
    const { agent, model, rail } = aSettlement({ rail: required(0) });
    const answer = await model.doGenerate({ prompt: promptAfter() });
    expect(settlementOf(answer)).toEqual({ status: 'unsettled', reason: 'FREE' });
    expect(rail.asked).toEqual([]);
    expect(agent.calls[0]?.providerOptions?.['a2a']).toMatchObject({ extensions: ['urn:pay'] });
  });
});
