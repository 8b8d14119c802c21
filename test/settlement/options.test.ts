import { InvalidArgumentError } from '@ai-sdk/provider';
import { jsonSchema } from '@ai-sdk/provider-utils';
import { generateText, streamText, wrapLanguageModel } from 'ai';
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as z4 from 'zod/v4';
import {
  a2a,
  createA2A,
  createSettlement,
  exchangeRail,
  settlementMiddleware,
  type SettlementOptions,
} from '../../src/index';
import { createSandbox } from '../../src/sandbox';
import { FakeRail } from './fake-rail';
import { ScriptedAgent } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

afterEach(() => vi.unstubAllEnvs());

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (InvalidArgumentError.isInstance(error)) return `${error.argument} | ${error.message}`;
    throw error;
  }
  return 'accepted';
}

/** As JavaScript gives them. */
const given = (options: object) => options as SettlementOptions;
const verdictOn = (options: object) => refusal(() => createSettlement(given(options)));
const ofAgent = (settings: object) => verdictOn({ agents: { scraper: settings } });

describe('an option that does not exist is named, with those that do', () => {
  test.each<[string, object, string[]]>([
    ['of a settlement', { tokensPerCal: 5 }, ['tokensPerCal', 'Did you mean `tokensPerCall`']],
    ['in small letters', { apikey: 'k' }, ['Did you mean `apiKey`', 'onHoldFailure, ']],
    ['like none', { colour: 'red' }, ['`colour`', 'agents, ', 'waitUntil']],
    ['of limits', { limits: { perCal: 5 } }, ['limits', '`perCal`', '`perCall`', 'concurrent']],
    ['of a window', { limits: { perWindow: { amount: 1, minutes: 1, hours: 2 } } }, ['`hours`']],
    ['of retry', { retry: { attempt: 2 } }, ['retry', '`attempts`', 'deadlineMs']],
    ['of the journal', { journal: { store: {} } }, ['journal', 'storage, writeAhead']],
    ['of allow', { allow: { agent: [] } }, ['allow', '`agents`', 'payees']],
    ['of dispute', { dispute: { stakes: 10 } }, ['dispute', '`stake`']],
    [
      'of an agent',
      { agents: { 'https://x.example': { acountId: 'a' } } },
      ['agents["https://x.example"]', '`accountId`', 'taskType'],
    ],
    [
      'of a price',
      { price: { model: 'per-unit', baseTokens: 1, unitsize: 10 } },
      ['price', '`unitSize`'],
    ],
  ])('%s', (_, options, words) => {
    const said = verdictOn(options);
    for (const word of words) expect(said).toContain(word);
    // None is suggested that is nothing like it.
    expect(said.includes('Did you mean')).toBe(!/`(colour|hours)`/.test(said));
  });

  test('all at once', () => {
    const said = verdictOn({ tokensPerCal: 5, limits: { perCal: 5 }, enabled: 'false' });
    for (const word of ['`tokensPerCal`', '`perCal`', 'enabled']) expect(said).toContain(word);
  });
});

describe('an option that is not what it should be', () => {
  test.each<[string, unknown]>([
    ['limits', 50],
    ['limits', null],
    ['allow', ['https://agent.example.com']],
    ['allow', { agents: 'https://agent.example.com' }],
    ['allow', { payees: [7] }],
    ['onHoldFailure', 'thow'],
    ['onAbort', 'realease'],
    ['enabled', 'false'],
    ['enabled', 0],
    ['verify', {}],
    ['verify', true],
    ['verify', jsonSchema({ type: 'object' })],
    ['meter', 5],
    ['negotiate', 'accept'],
    ['approve', true],
    ['waitUntil', {}],
    ['dispute', {}],
    ['dispute', { stake: 0 }],
    ['dispute', { stake: 1.5 }],
    ['dispute', 10],
    ['rail', {}],
    ['rail', null],
    ['rail', exchangeRail],
    ['provider', {}],
    ['provider', 'a2a'],
    ['journal', 'memory'],
    ['journal', { storage: null }],
    ['journal', { storage: 'redis://localhost' }],
    ['journal', { writeAhead: 'yes' }],
    ['retry', 3],
    ['agents', ['https://agent.example.com']],
    ['agents', { scraper: 'acc_1' }],
    ['apiKey', 7],
    ['exchangeUrl', new URL('https://exchange.example.com')],
    ['price', '5'],
    ['price', { baseTokens: 5 }],
    ['price', { model: 'per-minute' }],
    ['price', { model: 'per-hour', baseTokens: 5 }],
    ['price', { model: 'negotiable', maxTokens: 5 }],
    ['price', { model: 'per-request', baseTokens: 5, unitSize: 5 }],
    ['price', { model: 'per-unit', baseTokens: 5, unitSize: 0 }],
  ])('%s: %o', (name, value) => {
    const said = verdictOn({ [name]: value });
    expect(said).toMatch(new RegExp(`^${name}\\b`));
    expect(said).toContain('must be');
  });

  test.each<[string, object]>([
    ['accountId', { accountId: '' }],
    ['accountId', { accountId: 7 }],
    ['taskType', { taskType: {} }],
    ['requiredAttestationLevel', { requiredAttestationLevel: 'sworn' }],
    ['verify', { verify: {} }],
    ['tokensPerCall', { tokensPerCall: '5' }],
  ])('of an agent, %s: %o', (name, settings) => {
    expect(ofAgent(settings)).toContain(`agents.scraper.${name} must be`);
  });

  const whole = (least: number) => [
    least - 1,
    least + 0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '7',
  ];
  const limit = [-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, '7'];
  const wrong: Record<string, { values: unknown[]; give: (value: unknown) => object }> = {
    price: { values: whole(0), give: (price) => ({ price }) },
    'price.baseTokens': {
      values: whole(0),
      give: (baseTokens) => ({ price: { model: 'per-minute', baseTokens } }),
    },
    'price.maxTokens': {
      values: whole(0),
      give: (maxTokens) => ({ price: { model: 'per-minute', baseTokens: 1, maxTokens } }),
    },
    'price.unitSize': {
      values: [0, -1, Number.NaN, Number.POSITIVE_INFINITY],
      give: (unitSize) => ({ price: { model: 'per-unit', baseTokens: 1, unitSize } }),
    },
    tokensPerCall: { values: whole(0), give: (tokensPerCall) => ({ tokensPerCall }) },
    maxTokens: { values: whole(0), give: (maxTokens) => ({ maxTokens }) },
    maxTokensPerCall: { values: whole(0), give: (maxTokensPerCall) => ({ maxTokensPerCall }) },
    ttlMinutes: { values: whole(1), give: (ttlMinutes) => ({ ttlMinutes }) },
    'agents.x.ttlMinutes': {
      values: whole(1),
      give: (ttlMinutes) => ({ agents: { x: { ttlMinutes } } }),
    },
    receiptTimeoutMs: {
      values: [-1, Number.NaN, '7'],
      give: (receiptTimeoutMs) => ({ receiptTimeoutMs }),
    },
    'retry.attempts': {
      values: [0, 1.5, Number.NaN, -1],
      give: (attempts) => ({ retry: { attempts } }),
    },
    'retry.initialMs': {
      values: [-1, Number.NaN, Number.POSITIVE_INFINITY],
      give: (initialMs) => ({ retry: { initialMs } }),
    },
    'retry.deadlineMs': {
      values: [-1, Number.NaN, '7'],
      give: (deadlineMs) => ({ retry: { deadlineMs } }),
    },
    'limits.perCall': { values: limit, give: (perCall) => ({ limits: { perCall } }) },
    'limits.perConversation': {
      values: limit,
      give: (perConversation) => ({ limits: { perConversation } }),
    },
    'limits.concurrent': { values: limit, give: (concurrent) => ({ limits: { concurrent } }) },
    'limits.perWindow.amount': {
      values: [...limit, undefined],
      give: (amount) => ({ limits: { perWindow: { amount, minutes: 1 } } }),
    },
    'limits.perWindow.minutes': {
      values: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, undefined],
      give: (minutes) => ({ limits: { perWindow: { amount: 1, minutes } } }),
    },
    'dispute.stake': { values: whole(1), give: (stake) => ({ dispute: { stake } }) },
  };
  test.each(Object.entries(wrong))('no number for %s', (name, { give, values }) => {
    for (const value of values) expect(verdictOn(give(value))).toContain(`${name} must be`);
  });

  test('no value is repeated: it may be a key', () => {
    const said = verdictOn({
      apiKey: ['sk-secret'],
      rail: 'sk-secret',
      agents: { x: 'sk-secret' },
    });
    expect(said).toContain('apiKey');
    expect(said).not.toContain('sk-secret');
  });

  test('a rail says what it lacks', () => {
    const { hold, release, refund } = exchangeRail();
    expect(verdictOn({ rail: { hold, release, refund } })).toMatch(
      /assertConfigured, terms, decorate/,
    );
  });
});

test('what makes sense is taken', () => {
  const storage = new Map();
  const options: SettlementOptions[] = [
    {},
    {
      agents: {
        x: {
          accountId: 'a',
          price: 0,
          tokensPerCall: 3,
          ttlMinutes: 1,
          taskType: 't',
          requiredAttestationLevel: 'signed',
          meter: () => 1,
          verify: () => true,
          negotiate: () => 'accept',
          maxTokens: 4,
          maxTokensPerCall: 4,
          dispute: { stake: 10 },
        },
      },
      allow: { agents: [], payees: ['a'] },
      approve: async () => true,
      dispute: { stake: 1 },
      enabled: false,
      journal: {
        writeAhead: true,
        storage: {
          getItem: async (key) => storage.get(key),
          setItem: async (key, value) => void storage.set(key, value),
          removeItem: async (key) => void storage.delete(key),
          getKeys: async () => [...storage.keys()],
        },
      },
      limits: {
        perCall: Number.POSITIVE_INFINITY,
        perConversation: 0,
        concurrent: 1,
        perWindow: { amount: 5, minutes: 0.5 },
      },
      onAbort: 'partial',
      onHoldFailure: 'throw',
      provider: a2a,
      rail: new FakeRail(),
      receiptTimeoutMs: Number.POSITIVE_INFINITY,
      retry: { attempts: 1, initialMs: 0.1, deadlineMs: Number.POSITIVE_INFINITY },
      tokensPerCall: 0,
      ttlMinutes: 5,
      waitUntil: () => {},
    },
    { provider: createA2A(), price: () => 5 },
    { price: { model: 'negotiable' }, negotiate: () => 'refuse' },
    { price: { model: 'per-unit', baseTokens: 5, unitSize: 0.5, maxTokens: 50 } },
    { verify: z4.object({ city: z4.string() }) },
    { verify: jsonSchema<unknown>({}, { validate: (value) => ({ success: true, value }) }) },
    { verify: Object.assign(() => ({}), { '~standard': z4.string()['~standard'] }) as never },
  ];
  for (const one of options) expect(verdictOn(one)).toBe('accepted');
  const { none } = JSON.parse('{}');
  expect(verdictOn({ limits: none, rail: none, retry: { attempts: none } })).toBe('accepted');
  expect(refusal(() => settlementMiddleware(given({ tokenPerCall: 5 })))).toContain(
    'tokensPerCall',
  );
});

describe('apiKey and exchangeUrl', () => {
  test('are those of the exchange', async () => {
    const { agents, exchangeUrl, fetch, ledger, payer } = createSandbox({ agentDelayMs: 1 });
    vi.stubGlobal('fetch', fetch);
    try {
      const model = wrapLanguageModel({
        model: a2a(agents.data.url),
        middleware: settlementMiddleware({ apiKey: payer.apiKey, exchangeUrl }),
      });
      const { providerMetadata } = await generateText({ model, prompt: 'Weather?' });
      expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released', captured: 5 });
      expect(ledger().escrows).toHaveLength(1);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test.each([{ apiKey: 'key' }, { exchangeUrl: 'https://exchange.example.com' }])(
    'not beside a rail: %o',
    (options) => {
      expect(verdictOn({ ...options, rail: exchangeRail() })).toContain('exchangeRail({ ');
      const { none } = JSON.parse('{}');
      expect(verdictOn({ ...options, rail: none })).toBe('accepted');
      expect(verdictOn({ apiKey: none, rail: exchangeRail() })).toBe('accepted');
    },
  );

  test('before the environment', () => {
    vi.stubEnv('A2A_EXCHANGE_URL', 'no URL');
    const key = { apiKey: 'key' };
    expect(() => exchangeRail(key).assertConfigured()).toThrow('exchange URL');
    expect(verdictOn({ ...key, exchangeUrl: 'https://exchange.example.com' })).toBe('accepted');
  });
});

describe.each(['generate', 'stream'] as const)(
  'providerOptions.settlement of a call (%s)',
  (mode) => {
    async function ask(settlement: object) {
      const agent = new ScriptedAgent();
      const rail = new FakeRail();
      rail.cardTerms = { payee: 'payee', amount: 20, required: false };
      const model = wrapLanguageModel({ model: agent, middleware: settlementMiddleware({ rail }) });
      const call = {
        model,
        prompt: 'Hi',
        providerOptions: { settlement: settlement as Record<string, string> },
        maxRetries: 0,
      };
      let error: unknown;
      if (mode === 'generate')
        await generateText(call).catch((thrown: unknown) => (error = thrown));
      else {
        const onError = (thrown: { error: unknown }) => void (error = thrown.error);
        await streamText({ ...call, onError }).consumeStream();
      }
      if (error !== undefined && !InvalidArgumentError.isInstance(error)) throw error;
      return { said: error?.message ?? 'accepted', asked: rail.asked, heard: agent.calls.length };
    }

    test.each([
      [{ conversationID: 'c' }, '`conversationId`'],
      [{ conversationId: 7 }, 'providerOptions.settlement.conversationId must be'],
      [{ conversationId: '' }, 'providerOptions.settlement.conversationId must be'],
      [{ labels: 'team' }, 'providerOptions.settlement.labels must be'],
      [{ labels: ['team'] }, 'providerOptions.settlement.labels must be'],
      [{ labels: { team: 7 } }, 'providerOptions.settlement.labels must be'],
      [{ labels: { team: { name: 'search' } } }, 'providerOptions.settlement.labels must be'],
      [{ labels: { team: '' } }, 'providerOptions.settlement.labels must be'],
      [{ labels: { '': 'search' } }, 'providerOptions.settlement.labels must be'],
      [{ labels: { team: 'x'.repeat(257) } }, 'providerOptions.settlement.labels must be'],
      [{ labels: { ['x'.repeat(65)]: 'search' } }, 'providerOptions.settlement.labels must be'],
      [{ labels: manyLabels(21) }, 'providerOptions.settlement.labels must be'],
      [{ label: { team: 'search' } }, '`labels`'],
      [{ tokensPerCall: 5 }, 'has no option `tokensPerCall`'],
    ])('%o: nothing held, nothing sent', async (options, words) => {
      expect(await ask(options)).toEqual({
        said: expect.stringContaining(words),
        asked: [],
        heard: 0,
      });
    });

    test.each([
      [{ conversationId: 'c' }],
      [{ conversationId: 'c', labels: { team: 'search' } }],
      [{ labels: {} }],
      [{ labels: manyLabels(20) }],
      [{}],
      // The metadata of an earlier result, handed back as it is.
      [{ status: 'released', escrowId: 'escrow-0', amount: 20 }],
    ])('%o is taken', async (options) => {
      expect(await ask(options)).toMatchObject({ said: 'accepted', heard: 1 });
    });
  },
);

describe('rails', () => {
  const named = (name: string) => Object.assign(new FakeRail(), { name });

  test.each<[string, object, string]>([
    ['beside a rail', { rail: named('a'), rails: [named('b')] }, 'rails must not be combined with'],
    ['beside a key', { apiKey: 'k', rails: [named('a')] }, 'rail must not be combined with'],
    ['none', { rails: [] }, 'rails must contain at least one rail'],
    ['no list', { rails: named('a') }, 'rails must be a list of rails'],
    ['no rail', { rails: [{}] }, 'rails[0] must be a rail'],
    [
      'two of a name',
      { rails: [named('a'), named('a')] },
      'rails must not contain two rails of one name',
    ],
  ])('not %s', (_, options, words) => {
    expect(verdictOn(options)).toContain(words);
  });

  test('in a list', () => {
    expect(verdictOn({ rails: [named('a'), named('b')] })).toBe('accepted');
  });
});

describe('limits of a currency', () => {
  test.each<[string, object, string[]]>([
    ['that do not exist', { USDC: { perCal: 5 } }, ['limits.USDC', '`perCal`', '`perCall`']],
    ['that say nothing', { USDC: {} }, ['limits.USDC | limits.USDC must set at least one of']],
    [
      'that say how often',
      { USDC: { concurrent: 2 } },
      ['limits.USDC | limits.USDC must set at least one of'],
    ],
    ['that are no object', { USDC: 0.5 }, ['`USDC`', 'perCall, ']],
    ['that are negative', { USDC: { perCall: -1 } }, ['limits.USDC.perCall must be']],
    ['of the exchange', { ATE: { perCall: 1 } }, ['limits.ATE is not a limit: the exchange']],
    ['of the exchange', { ate: { concurrent: 1 } }, ['limits.ate is not a limit: the exchange']],
    ['that are no amount', { USDC: { perCall: '1e3' } }, ['limits.USDC.perCall must be']],
    ['that no number keeps', { USDC: { perCall: 0.1 + 0.2 } }, ['limits.USDC.perCall must be']],
    [
      'without minutes',
      { USDC: { perWindow: { amount: 1 } } },
      ['limits.USDC.perWindow.minutes must be'],
    ],
  ])('not those %s', (_, limits, words) => {
    const said = verdictOn({ limits });
    for (const word of words) expect(said).toContain(word);
  });

  test('as numbers, as texts, and without an end', () => {
    const USDC = { perCall: 0.5, perWindow: { amount: '20.000001', minutes: 60 }, concurrent: 3 };
    const EURC = { perConversation: Number.POSITIVE_INFINITY };
    expect(verdictOn({ limits: { perCall: 5, USDC, EURC } })).toBe('accepted');
  });

  test('the bare ones stay whole', () => {
    expect(verdictOn({ limits: { perCall: 0.5, USDC: { perCall: 1 } } })).toContain(
      'limits.perCall must be a whole number',
    );
  });
});

function manyLabels(count: number): Record<string, string> {
  const labels = Array.from({ length: count }, (_, index) => [`label-${index}`, 'x'.repeat(256)]);
  return Object.fromEntries(labels);
}
