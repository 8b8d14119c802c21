import type { LanguageModelV4 } from '@ai-sdk/provider';
import { generateText, streamText, wrapLanguageModel } from 'ai';
import { expect, it, vi } from 'vitest';
import { createA2A, createSettlement, exchangeRail } from '../../src/index';
import { createSandbox } from '../../src/sandbox';

const prompt = 'Hello';
const saysNotPaid =
  /^The agent’s card declares that it is paid \(https:\/\/a2a-settlement\.org\/.+\), and this call pays nothing\. .*settlementMiddleware\(\)/;

async function aPaidAgent({ apiKey }: { apiKey?: string } = {}) {
  const sandbox = await createSandbox({ agentDelayMs: 0 });
  const { exchangeUrl, fetch } = sandbox;
  const key = apiKey ?? sandbox.payer.apiKey;
  const model = createA2A({ fetch })(sandbox.agents.streamer.url);
  const rail = exchangeRail({ apiKey: key, exchangeUrl, fetch });
  return { model, rail };
}

const messagesOf = (warnings: readonly object[] | undefined) =>
  (warnings ?? []).map((warning) => ('message' in warning ? warning.message : warning));

it('an agent that is paid and not wrapped: the call says so', async () => {
  const { model } = await aPaidAgent();
  const { warnings } = await generateText({ model, prompt });
  expect(messagesOf(warnings)).toEqual([expect.stringMatching(saysNotPaid)]);

  const streamed = streamText({ model, prompt });
  await streamed.consumeStream();
  expect(messagesOf(await streamed.warnings)).toEqual([expect.stringMatching(saysNotPaid)]);
});

it('a call that is paid says nothing', async () => {
  const { model, rail } = await aPaidAgent();
  const { middleware } = createSettlement({ rails: [rail] });
  const { warnings } = await generateText({
    model: wrapLanguageModel({ model, middleware }),
    prompt,
  });
  expect(messagesOf(warnings)).toEqual([]);
});

it('a settlement that pays nothing says why, once', async () => {
  const { model, rail } = await aPaidAgent({ apiKey: 'ate_unknown' });
  const { middleware } = createSettlement({ rails: [rail] });
  const { warnings } = await generateText({
    model: wrapLanguageModel({ model, middleware }),
    prompt,
  });
  expect(messagesOf(warnings)).toEqual([expect.stringContaining('goes on unpaid')]);
});

it('a settlement that pays nothing leaves the payment to one that another model hides', async () => {
  const { model, rail } = await aPaidAgent();
  const paying = createSettlement({ rails: [rail] });
  const released = vi.fn();
  paying.on('released', released);
  const inner = wrapLanguageModel({ model, middleware: paying.middleware });
  const hiding: LanguageModelV4 = {
    specificationVersion: 'v4',
    provider: inner.provider,
    modelId: inner.modelId,
    supportedUrls: {},
    doGenerate: async (options) => inner.doGenerate(options),
    doStream: async (options) => inner.doStream(options),
  };
  const { rail: unknown } = await aPaidAgent({ apiKey: 'ate_unknown' });
  const { middleware } = createSettlement({ rails: [unknown] });
  await generateText({ model: wrapLanguageModel({ model: hiding, middleware }), prompt });
  expect(released).toHaveBeenCalledTimes(1);
});

it('a caller who activates the extension knows of it', async () => {
  const { model } = await aPaidAgent();
  const extensions = ['https://a2a-settlement.org/extensions/settlement/v1'];
  const { warnings } = await generateText({
    model,
    prompt,
    providerOptions: { a2a: { extensions } },
  });
  expect(messagesOf(warnings)).toEqual([]);
});

it.each([
  ['urn:nevermined:\u001B[31mred\u202E', /\(urn:nevermined:%1B\[31mred%E2%80%AE\)/],
  [
    `https://a2a-settlement.org/${'x'.repeat(100_000)}`,
    /\(https:\/\/a2a-settlement\.org\/x{1,500}\)/,
  ],
])('a card does not control the terminal that shows the warning: %#', async (uri, shown) => {
  const card = {
    name: 'Stranger',
    url: 'https://stranger.example.com/',
    version: '1',
    protocolVersion: '0.3.0',
    description: '',
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
    preferredTransport: 'JSONRPC',
    capabilities: { extensions: [{ uri }] },
  };
  const answer = {
    kind: 'message',
    messageId: 'm',
    role: 'agent',
    parts: [{ kind: 'text', text: 'Hi' }],
  };
  const fetch = async (_: unknown, { body }: RequestInit = {}) =>
    Response.json(
      typeof body === 'string' ? { jsonrpc: '2.0', id: JSON.parse(body).id, result: answer } : card,
    );
  const model = createA2A({ fetch })('https://stranger.example.com/');
  const { warnings } = await generateText({ model, prompt });
  expect(messagesOf(warnings)).toEqual([expect.stringMatching(shown)]);
});
