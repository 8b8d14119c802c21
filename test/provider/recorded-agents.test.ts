import { generateText, streamText, wrapLanguageModel, type ModelMessage } from 'ai';
import { createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { createSandbox, type Sandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { forgetfulAgent, overwritingAgent } from '../peers/recorded-agents';
import { resumedAdkAgent } from '../peers/recorded-resumed-agent';
import { startRecordedServer, type RecordedServer } from '../peers/recorded-server';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

let sandbox: Sandbox;
let server: RecordedServer | undefined;
beforeAll(() => {
  sandbox = createSandbox();
});
afterAll(() => sandbox.close());
afterEach(() => server?.close());

function paid(model: Parameters<typeof wrapLanguageModel>[0]['model'] & { modelId: string }) {
  const { agents, exchangeUrl, fetch, payer } = sandbox;
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
    agents: { [model.modelId]: { accountId: agents.streamer.accountId } },
    tokensPerCall: 10,
  });
  return wrapLanguageModel({ model, middleware: settlement.middleware });
}

describe('an agent that answers `canceled` and then says `completed`', () => {
  test('is not paid for a call that was aborted', async () => {
    server = await startRecordedServer(overwritingAgent);
    const abort = new AbortController();
    const { fullStream } = streamText({
      model: paid(createA2A()(server.url)),
      prompt: 'hi',
      abortSignal: abort.signal,
      onError: () => {},
    });
    for await (const { type } of fullStream) if (type === 'reasoning-delta') abort.abort();
    const escrow = () => sandbox.ledger().escrows.at(-1)?.status;
    await vi.waitFor(() => expect(escrow()).not.toBe('held'), { timeout: 20_000 });
    expect(escrow()).toBe('refunded');
    expect(server.seen.map(({ method }) => method)).toContain('tasks/cancel');
  });

  test('has canceled its task, whoever asks for that later', async () => {
    server = await startRecordedServer(overwritingAgent);
    const a2a = createA2A();
    const { url } = server;
    expect((await a2a(url).task('t-1')).finishReason.raw).toBe('completed');
    expect(await a2a(url).cancelTask('t-1')).toBe('canceled');
    expect((await a2a(url).task('t-1')).finishReason).toEqual({
      unified: 'error',
      raw: 'canceled',
    });
    // A message takes the task up again.
    await generateText({
      model: a2a(url),
      prompt: 'hi',
      providerOptions: { a2a: { taskId: 't-1' } },
    });
    expect((await a2a(url).task('t-1')).finishReason.raw).toBe('completed');
  });
});

test.each(['generate', 'stream'])(
  'an agent that forgets its conversation is told it whole, with a warning: %s',
  async (mode) => {
    server = await startRecordedServer(forgetfulAgent);
    const model = createA2A()(server.url);
    const messages: ModelMessage[] = [];
    const warnings: number[] = [];
    for (const content of ['One?', 'Two?', 'Three?']) {
      messages.push({ role: 'user', content });
      const result =
        mode === 'generate'
          ? await generateText({ model, messages })
          : streamText({ model, messages });
      messages.push(...(await result.response).messages);
      warnings.push((await result.warnings)?.length ?? 0);
    }
    const sent = server.seen.map(({ body }) => JSON.parse(body).params.message);
    expect(sent.map(({ contextId }) => contextId ?? '')).toEqual(['', 'c-1', 'c-2']);
    const texts = sent.map(({ parts }) => JSON.stringify(parts));
    // That it forgets shows when another context comes back.
    expect(texts[1]).not.toContain('One?');
    expect(texts[2]).toMatch(/One\?.*Turn 1.*Two\?.*Turn 2.*Three\?/);
    expect(warnings).toEqual([0, 0, 1]);
  },
);

test.each(['generate', 'stream'])(
  'a task of ADK that is taken up again is told once: %s',
  async (mode) => {
    server = await startRecordedServer(resumedAdkAgent);
    const call = {
      model: createA2A({ polling: { intervalMs: 1 } })(server.url),
      prompt: 'ignored',
      providerOptions: { a2a: { resume: { taskId: 't-1' } } },
    };
    const result = mode === 'generate' ? await generateText(call) : streamText(call);
    expect(await result.text).toBe('one two three');
  },
);
