import type { SharedV4Warning } from '@ai-sdk/provider';
import { generateText, jsonSchema, Output, streamText } from 'ai';
import { describe, expect, test, vi } from 'vitest';
import { extractUsage } from '../../src/provider/answer/extract-usage';
import {
  agentCard,
  artifact,
  card03,
  rawSse,
  result,
  results,
  say,
  scriptedAgent,
} from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const prompt = 'Hi';
const hello = result(say.message('Hello'));

describe('warnings', () => {
  const settings = {
    temperature: 0,
    topP: 1,
    topK: 3,
    maxOutputTokens: 100,
    stopSequences: ['x'],
    presencePenalty: 0.1,
    frequencyPenalty: 0.1,
    seed: 7,
  };
  const callPrompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }];
  const look = {
    type: 'function' as const,
    name: 'look',
    inputSchema: { type: 'object' as const },
  };
  const featuresOf = (warnings: SharedV4Warning[]) =>
    warnings.map((warning) => ('feature' in warning ? warning.feature : warning.type)).sort();

  test('name every setting an agent has no place for', async () => {
    const { model } = scriptedAgent(hello);
    const call = { prompt: callPrompt, ...settings, reasoning: 'high' as const, tools: [look] };
    const features = [...Object.keys(settings), 'tools', 'reasoning'].sort();
    expect(featuresOf((await model.doGenerate(call)).warnings)).toEqual(features);
    const { value: start } = await (await model.doStream(call)).stream.getReader().read();
    expect(start?.type === 'stream-start' && featuresOf(start.warnings)).toEqual(features);
  });

  test('one by one', async () => {
    for (const [feature, value] of Object.entries(settings)) {
      const { model } = scriptedAgent(hello);
      const { warnings } = await generateText({ model, prompt, [feature]: value });
      expect(warnings).toEqual([{ type: 'unsupported', feature }]);
    }
  });

  test('a tool choice, but not the one that is always there', async () => {
    const { model } = scriptedAgent(hello);
    const chosen = async (type: 'auto' | 'none' | 'required') => {
      const call = { prompt: callPrompt, tools: [look], toolChoice: { type } };
      return featuresOf((await model.doGenerate(call)).warnings);
    };
    expect(await chosen('auto')).toEqual(['tools']);
    expect(await chosen('required')).toEqual(['toolChoice', 'tools']);
  });

  test('there are none without a cause', async () => {
    const { model } = scriptedAgent(hello);
    expect((await generateText({ model, prompt })).warnings).toEqual([]);
    const call = {
      model,
      prompt,
      stopSequences: [],
      tools: {},
      reasoning: 'provider-default' as const,
    };
    expect((await generateText(call)).warnings).toEqual([]);
  });

  test('a schema is only checked afterwards', async () => {
    const { model } = scriptedAgent(
      result(say.task('COMPLETED', { artifacts: [artifact('a', { data: { a: 1 } })] })),
    );
    const schema = jsonSchema({ type: 'object' });
    const { warnings } = await generateText({ model, prompt, output: Output.object({ schema }) });
    expect(warnings).toMatchObject([{ type: 'compatibility', feature: 'responseFormat' }]);
  });
});

describe('usage', () => {
  test('is what the agent reported, wherever it did', async () => {
    const usage = { inputTokens: 7, outputTokens: 11, costCents: 3 };
    const metadata = { usage };
    for (const whole of [
      say.task('COMPLETED', { metadata }),
      say.task('COMPLETED', { artifacts: [{ artifactId: 'a', parts: [], metadata }] }),
      { message: { ...say.message('x').message, metadata } },
    ]) {
      const { model } = scriptedAgent(result(whole));
      const { usage: reported, providerMetadata } = await generateText({ model, prompt });
      expect(reported).toMatchObject({ inputTokens: 7, outputTokens: 11, raw: usage });
      expect(providerMetadata?.['a2a']).toMatchObject({ metadata });
    }
    const { model } = scriptedAgent(
      results(say.task('WORKING'), say.status('COMPLETED', undefined, { metadata })),
    );
    expect(await streamText({ model, prompt }).usage).toMatchObject({ inputTokens: 7 });
  });

  test('is unknown when nothing was reported, or nonsense', async () => {
    for (const metadata of [
      undefined,
      {},
      { usage: null },
      { usage: 'much' },
      { usage: { inputTokens: -1 } },
      { usage: { inputTokens: 1.5 } },
      { usage: { input_tokens: '7' } },
    ]) {
      const { model } = scriptedAgent(result(say.task('COMPLETED', { metadata })));
      const { usage } = await generateText({ model, prompt });
      expect(usage).toMatchObject({
        inputTokens: undefined,
        outputTokens: undefined,
        totalTokens: undefined,
      });
    }
  });

  test.each([
    [{ inputTokens: 1, outputTokens: 2 }, 1, 2],
    [{ input_tokens: 0, output_tokens: 2 }, 0, 2],
    [{ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }, 1, 2],
    [{ prompt_tokens: 1 }, 1, undefined],
    [{ prompt_tokens: 1, completion_tokens: null }, 1, undefined],
    [{ inputTokens: 5, outputTokens: 'many' }, 5, undefined],
  ])('%j', (usage, input, output) => {
    expect(extractUsage({ usage })).toMatchObject({
      inputTokens: { total: input },
      outputTokens: { total: output },
      raw: usage,
    });
  });
});

describe('the console stays silent', () => {
  const rest = agentCard({ protocolBinding: 'HTTP+JSON' });
  const rest03 = card03({ preferredTransport: 'HTTP+JSON' });
  const broken: Record<string, string> = {
    'half a frame': 'data: {"statusUpdate":{"secret\n\n',
    'no JSON in braces': 'data: {secret}\n\n',
    'a part that is null': `data: ${JSON.stringify(say.artifact('a', [null as never, { text: 'ok' }]))}\n\n`,
    'history of nulls': `data: ${JSON.stringify(say.task('COMPLETED', { history: [null], artifacts: [null, artifact('a', 'ok')] }))}\n\n`,
    'bytes that are none': `data: ${JSON.stringify(say.artifact('a', [{ raw: 5 }, { raw: ['x'] }, { raw: {} }]))}\n\n`,
    'a list': 'data: [1,2]\n\n',
    null: 'data: null\n\n',
    'a task that is null': 'data: {"task":null}\n\n',
    'an artifact that is a text': 'data: {"artifactUpdate":{"artifact":"secret"}}\n\n',
    'a status that is a text': 'data: {"statusUpdate":{"status":"secret"}}\n\n',
    'parts of texts':
      'data: {"artifactUpdate":{"artifact":{"artifactId":"a","parts":["x",5,[]]}}}\n\n',
    'an error event': 'event: error\ndata: secret\n\n',
  };

  test.each(Object.entries(broken))('whatever comes over HTTP+JSON: %s', async (_, body) => {
    for (const card of [rest, rest03, agentCard()]) {
      const { model } = scriptedAgent([() => rawSse(body), () => Response.json({ task: null })], {
        card,
        polling: { intervalMs: 1, timeoutMs: 5 },
      });
      const errors: unknown[] = [];
      await streamText({
        model,
        prompt,
        maxRetries: 0,
        onError: ({ error }) => void errors.push(error),
      }).consumeStream();
      for (const error of errors) {
        expect(error).toMatchObject({ name: 'AI_A2AProtocolError' });
        expect(String(error)).not.toContain('secret');
      }
    }
  });

  test('a null among the parts costs no word of the others', async () => {
    const { model } = scriptedAgent(
      () =>
        rawSse(
          `data: ${JSON.stringify(say.artifact('a', [null as never, { text: 'ok' }]))}\n\ndata: ${JSON.stringify(say.status('COMPLETED'))}\n\n`,
        ),
      { card: rest },
    );
    expect(await streamText({ model, prompt }).text).toBe('ok');
  });

  test('nothing is left to be rejected unhandled', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    try {
      const { model } = scriptedAgent([
        results(say.task('WORKING')),
        () => new Response('', { status: 500 }),
      ]);
      const { stream } = await model.doStream({
        prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      });
      await new Promise((resolve) => setTimeout(resolve, 30));
      await stream.cancel();
      await expect(
        scriptedAgent(() => Promise.reject(new TypeError('x'))).model.doStream({
          prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
        }),
      ).rejects.toThrow();
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off('unhandledRejection', unhandled);
    }
  });
});
