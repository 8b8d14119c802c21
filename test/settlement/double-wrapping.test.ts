import type { LanguageModelV4 } from '@ai-sdk/provider';
import {
  createProviderRegistry,
  defaultSettingsMiddleware,
  generateText,
  streamText,
  wrapLanguageModel,
  wrapProvider,
  type LanguageModel,
} from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { beforeEach, describe, expect, test } from 'vitest';
import { createA2A, createSettlement, exchangeRail, type SettlementOptions } from '../../src/index';
import { createSandbox, type Sandbox } from '../../src/sandbox';
import { FakeRail } from './fake-rail';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = createSandbox({ agentDelayMs: 1 });
  return () => sandbox.close();
});

function settlement(options: SettlementOptions = {}) {
  const { agents, exchangeUrl, fetch, payer } = sandbox;
  const events: string[] = [];
  const { middleware, on } = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
    // Whoever finds no card can pay all the same.
    agents: { [agents.data.url]: { accountId: agents.data.accountId, tokensPerCall: 5 } },
    ...options,
  });
  for (const name of ['held', 'released', 'unsettled'] as const) on(name, () => events.push(name));
  return { events, middleware };
}

const agent = () => createA2A({ fetch: sandbox.fetch })(sandbox.agents.data.url);
const other = defaultSettingsMiddleware({ settings: { temperature: 0 } });

describe.each(['generate', 'stream'] as const)('%s: two settlements on one model', (mode) => {
  async function ask(model: LanguageModel) {
    const call = { model, prompt: 'Weather?', maxRetries: 0 };
    const result = mode === 'generate' ? await generateText(call) : streamText(call);
    if ('consumeStream' in result) await result.consumeStream();
    return {
      receipt: (await result.providerMetadata)?.['settlement'],
      warnings: JSON.stringify(await result.warnings),
    };
  }
  const paidOnce = { status: 'released', amount: 5, captured: 5 };

  test('the same one twice in a list: paid once', async () => {
    const { events, middleware } = settlement();
    const { receipt, warnings } = await ask(
      wrapLanguageModel({ model: agent(), middleware: [middleware, middleware] }),
    );
    expect(receipt).toMatchObject(paidOnce);
    expect(warnings).not.toContain('settlement');
    expect(events).toEqual(['held', 'released']);
    expect(sandbox.ledger().escrows).toHaveLength(1);
  });

  test.each<[string, (inner: Middleware, outer: Middleware) => LanguageModel]>([
    [
      'in one list',
      (inner, outer) => wrapLanguageModel({ model: agent(), middleware: [outer, other, inner] }),
    ],
    [
      'one around the other',
      (inner, outer) =>
        wrapLanguageModel({
          model: wrapLanguageModel({ model: agent(), middleware: [other, inner] }),
          middleware: outer,
        }),
    ],
    [
      'on a wrapped provider',
      (inner, outer) =>
        wrapProvider({
          provider: wrapProvider({
            provider: createA2A({ fetch: sandbox.fetch }),
            languageModelMiddleware: inner,
          }),
          languageModelMiddleware: [outer, other],
        }).languageModel(sandbox.agents.data.url),
    ],
    [
      'on a registry',
      (inner, outer) =>
        createProviderRegistry(
          {
            a2a: wrapProvider({
              provider: createA2A({ fetch: sandbox.fetch }),
              languageModelMiddleware: inner,
            }),
          },
          { languageModelMiddleware: outer, separator: '>' },
        ).languageModel(`a2a>${sandbox.agents.data.url}`),
    ],
  ])('two of them, %s: the one next to the model pays, and a warning says so', async (_, wrap) => {
    const inner = settlement();
    const outer = settlement({ limits: { perCall: 1 } });
    const { receipt, warnings } = await ask(wrap(inner.middleware, outer.middleware));
    expect(receipt).toMatchObject(paidOnce);
    expect(warnings).toContain('another settlement');
    expect(inner.events).toEqual(['held', 'released']);
    expect(outer.events).toEqual([]);
    expect(sandbox.ledger().escrows).toHaveLength(1);
  });

  test('with a model of one’s own between them, that shows nothing: the outer one pays', async () => {
    const inner = settlement();
    const outer = settlement();
    const wrapped = wrapLanguageModel({ model: agent(), middleware: inner.middleware });
    const delegate: LanguageModelV4 = {
      specificationVersion: 'v4',
      provider: wrapped.provider,
      modelId: wrapped.modelId,
      supportedUrls: {},
      doGenerate: (call) => wrapped.doGenerate({ ...call }),
      doStream: (call) => wrapped.doStream({ ...call }),
    };
    const model = wrapLanguageModel({ model: delegate, middleware: [outer.middleware, other] });
    const { receipt, warnings } = await ask(model);
    expect(receipt).toMatchObject(paidOnce);
    expect(warnings).toContain('another settlement');
    expect(outer.events).toEqual(['held', 'released']);
    expect(inner.events).toEqual([]);
    expect(sandbox.ledger().escrows).toHaveLength(1);
  });

  test('one that does not settle the model leaves it to the other', async () => {
    const rail = new FakeRail();
    const mock = new MockLanguageModelV4({
      modelId: 'listed',
      supportedUrls: Promise.resolve({ 'image/*': [/^https:/] }),
      doGenerate: async () => ({
        content: [],
        finishReason: { unified: 'stop', raw: undefined },
        usage,
        warnings: [],
      }),
      doStream: async () => ({
        stream: new ReadableStream({
          start(controller) {
            controller.enqueue({ type: 'stream-start', warnings: [] });
            controller.enqueue({
              type: 'finish',
              finishReason: { unified: 'stop', raw: undefined },
              usage,
            });
            controller.close();
          },
        }),
      }),
    });
    const { middleware } = createSettlement({ rail, agents: { listed: { accountId: 'payee' } } });
    const model = wrapLanguageModel({
      model: mock,
      middleware: [middleware, middleware, settlement().middleware],
    });
    expect((await ask(model)).receipt).toMatchObject({ status: 'released' });
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
    expect(await model.supportedUrls).toMatchObject({ 'image/*': [/^https:/] });
  });
});

type Middleware = ReturnType<typeof settlement>['middleware'];

const usage = {
  inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: undefined, reasoning: undefined },
};
