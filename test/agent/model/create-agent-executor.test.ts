import { generateText, jsonSchema, Output, streamText, tool, ToolLoopAgent } from 'ai';
import { MockLanguageModelV4, simulateReadableStream } from 'ai/test';
import { expect, test } from 'vitest';
import * as z from 'zod/v4';
import type { AgentCall } from '../../../src/agent';
import { calling, freeAgent, saying, scriptedModel, thinking } from './scripted-model';

test('each text block is an artifact, and the last chunk of each is marked', async () => {
  const { events, model } = freeAgent({
    model: scriptedModel([
      [...saying('Roses ', 'are red.'), ...saying('Violet🌹')],
      [...saying('Roses ', 'are red.'), ...saying('Violet🌹')],
    ]),
  });
  const told = await events({ parts: [{ text: 'A poem' }] });
  const chunks = told.flatMap(({ artifactUpdate }) => artifactUpdate ?? []);
  expect(
    chunks.map(({ append = false, artifact, lastChunk = false }) => [
      artifact.artifactId,
      artifact.parts.map(({ text }: { text: string }) => text).join(''),
      append,
      lastChunk,
    ]),
  ).toEqual([
    ['text-1', 'Roses', false, false],
    ['text-1', ' are red', true, false],
    ['text-1', '.', true, true],
    ['text-2', 'Violet', false, false],
    ['text-2', '🌹', true, true],
  ]);
  const { content } = await generateText({ model, prompt: 'A poem' });
  expect(content.flatMap((part) => (part.type === 'text' ? [part.text] : []))).toEqual([
    'Roses are red.',
    'Violet🌹',
  ]);
});

test('reasoning is told as it goes on, whole, and once', async () => {
  // Pieces that begin with the one before.
  const thoughts = ['Let me see. '.repeat(12), 'Let me see. '.repeat(30), 'Yes', '. Good'];
  const turn = [...thinking(...thoughts), ...saying('Roses.')];
  const { events, model } = freeAgent({ model: scriptedModel([turn, turn, turn]) });
  const result = streamText({ model, prompt: 'A poem' });
  expect(await result.text).toBe('Roses.');
  expect(await result.reasoningText).toBe(thoughts.join(''));
  const told = await events({ parts: [{ text: 'A poem' }] });
  const working = told.flatMap(({ statusUpdate }) => statusUpdate?.status.message ?? []);
  expect(working.length).toBeGreaterThan(2);
  expect(working.flatMap(({ parts }) => parts).every(({ metadata }) => metadata.thought)).toBe(
    true,
  );
  // The history holds the thoughts, and they are not the answer.
  expect((await generateText({ model, prompt: 'A poem' })).text).toBe('Roses.');
});

test('an agent keeps its reasoning and its sources to itself where it is told so', async () => {
  const source = {
    type: 'source' as const,
    sourceType: 'url' as const,
    id: 's',
    url: 'https://roses.example/',
    title: 'Roses',
  };
  const turn = [...thinking('Hm.'), source, ...saying('Roses.')];
  const open = freeAgent({ model: scriptedModel([turn]) });
  const shown = streamText({ model: open.model, prompt: 'A poem' });
  expect(await shown.sources).toMatchObject([{ url: 'https://roses.example/', title: 'Roses' }]);
  expect(await shown.reasoningText).toBe('Hm.');
  const closed = freeAgent(
    { model: scriptedModel([turn]) },
    { sendReasoning: false, sendSources: false },
  );
  const hidden = streamText({ model: closed.model, prompt: 'A poem' });
  expect(await hidden.sources).toEqual([]);
  expect(await hidden.reasoningText).toBeUndefined();
  expect(await hidden.text).toBe('Roses.');
});

test('whoever asks for an object gets it, also after other words of the agent', async () => {
  const poet = scriptedModel([saying('{"title":', '"Roses"}')]);
  const { model } = freeAgent({ model: poet });
  const output = Output.object({ schema: z.object({ title: z.string() }) });
  const { output: poem } = await generateText({ model, prompt: 'A poem', output });
  expect(poem).toEqual({ title: 'Roses' });
  expect(poet.doStreamCalls[0]?.responseFormat).toMatchObject({ type: 'json' });

  const looping = new ToolLoopAgent({
    model: scriptedModel([
      [...saying('I look it up.'), ...calling('look', {})],
      saying('{"title":"Violets"}'),
    ]),
    tools: { look: tool({ inputSchema: jsonSchema({ type: 'object' }), execute: async () => 1 }) },
  });
  const other = freeAgent({ agent: looping });
  const streamed = streamText({ model: other.model, prompt: 'A poem', output });
  expect(await streamed.output).toEqual({ title: 'Violets' });
});

const askForJson = {
  message: { messageId: '1', role: 'ROLE_USER', parts: [{ text: 'A poem' }] },
  configuration: { acceptedOutputModes: ['application/json'] },
};

test('an answer without the JSON that was asked for fails, and only the seller sees it', async () => {
  const errors: unknown[] = [];
  const model = scriptedModel([saying('Roses are red.')]);
  const { call } = freeAgent({ model }, { onError: (error) => errors.push(error) });
  const { result } = await call('SendMessage', askForJson);
  expect(result.task.status).toMatchObject({
    state: 'TASK_STATE_FAILED',
    message: { parts: [{ text: 'The answer is not JSON, although JSON was requested.' }] },
  });
  expect(JSON.stringify(result)).not.toContain('Roses');
  expect(errors).toMatchObject([{ name: 'AI_JSONParseError', text: 'Roses are red.' }]);
});

test('JSON among other words is told as data', async () => {
  const said = 'Here it is:\n```json\n{"title":"Roses"}\n```';
  const { call } = freeAgent({ model: scriptedModel([saying(said)]) });
  const { result } = await call('SendMessage', askForJson);
  expect(result.task.artifacts).toMatchObject([{ parts: [{ data: { title: 'Roses' } }] }]);
});

test('results of tools that the agent shows are data, those of others are not', async () => {
  const agent = new ToolLoopAgent({
    model: scriptedModel([
      [...calling('price', {}, 'a'), ...calling('margin', {}, 'b')],
      saying('It is 5.'),
    ]),
    tools: {
      price: tool({
        inputSchema: jsonSchema({ type: 'object' }),
        execute: async () => ({ eur: 5 }),
      }),
      margin: tool({
        inputSchema: jsonSchema({ type: 'object' }),
        execute: async () => ({ secret: 1 }),
      }),
    },
  });
  const { model } = freeAgent({ agent }, { sendResultsOf: ['price'] });
  const result = await generateText({ model, prompt: 'How much?' });
  expect(result.text).toBe('It is 5.');
  const data = result.content.flatMap((part) =>
    part.type === 'custom' ? [part.providerMetadata?.['a2a']?.['data']] : [],
  );
  expect(data).toEqual([{ eur: 5 }]);
  expect(JSON.stringify(result.content)).not.toContain('secret');
});

test('data of the caller reaches the model, and data of an agent behind it the caller', async () => {
  const behind = freeAgent({
    run: async () => ({
      stream: (async function* () {
        yield {
          type: 'custom' as const,
          kind: 'a2a.data' as const,
          providerMetadata: { a2a: { data: { rows: [1, 2] } } },
        };
      })(),
    }),
  });
  const { model } = freeAgent({ model: behind.model });
  const result = await generateText({ model, prompt: 'Rows' });
  expect(result.content).toMatchObject([
    { type: 'custom', providerMetadata: { a2a: { data: { rows: [1, 2] } } } },
  ]);

  const poet = scriptedModel([saying('Ok.'), saying('Ok.')]);
  const { call } = freeAgent({ model: poet });
  const parts = [{ data: { a: 1 } }, { url: 'https://x.example/a.pdf', filename: 'a.pdf' }];
  await call('SendMessage', { message: { messageId: '1', role: 'ROLE_USER', parts } });
  expect(poet.doStreamCalls[0]?.prompt).toMatchObject([
    {
      role: 'user',
      content: [
        { type: 'text', text: '{"a":1}' },
        { type: 'text', text: '[A file: a.pdf, https://x.example/a.pdf]' },
      ],
    },
  ]);
});

test.each([
  ['a part of an unknown kind', [{ hologram: 'x' }]],
  ['an empty text', [{ text: '' }]],
])('%s is nothing to work on', async (_, parts) => {
  const poet = scriptedModel([saying('Roses.')]);
  const { call } = freeAgent({ model: poet });
  const message = { messageId: '1', role: 'ROLE_USER', parts };
  const { result } = await call('SendMessage', { message });
  expect(result.task.status.state).toBe('TASK_STATE_REJECTED');
  expect(poet.doStreamCalls).toEqual([]);
});

test('a file whose bytes are no base64 is told to the model as empty', async () => {
  const poet = scriptedModel([saying('Roses.')]);
  const { call } = freeAgent({ model: poet });
  const parts = [{ raw: '***', mediaType: 'image/png', filename: 'a.png' }];
  await call('SendMessage', { message: { messageId: '1', role: 'ROLE_USER', parts } });
  expect(poet.doStreamCalls[0]?.prompt).toMatchObject([
    { content: [{ type: 'text', text: '[An empty file: a.png, image/png]' }] },
  ]);
});

test('usage is reported as the AI SDK names it, and how a model stopped short', async () => {
  const { model } = freeAgent({ model: scriptedModel([saying('Roses')], { ends: 'length' }) });
  const { finishReason, providerMetadata, text, usage } = await generateText({
    model,
    prompt: 'A poem',
  });
  expect([text, finishReason]).toEqual(['Roses', 'length']);
  expect(providerMetadata?.['a2a']?.['metadata']).toEqual({
    finishReason: 'length',
    usage: {
      inputTokens: 10,
      outputTokens: 7,
      totalTokens: 17,
      cachedInputTokens: 4,
      reasoningTokens: 2,
    },
  });
  expect(usage).toMatchObject({ inputTokens: 10, outputTokens: 7 });
});

test.each([
  ['a content filter', scriptedModel([saying('Ro')], { ends: 'content-filter' }), 'content filter'],
  ['an error', scriptedModel([saying('Ro')], { ends: 'error' }), 'The agent failed.'],
  ['nothing', scriptedModel([[]]), 'The agent failed.'],
  [
    'an error in its stream',
    scriptedModel([[...saying('Ro'), { type: 'error', error: new Error('sk-123') }]]),
    'The agent failed.',
  ],
])('a model that ends with %s fails its task', async (_, poet, said) => {
  const errors: unknown[] = [];
  const { model } = freeAgent(
    { model: poet },
    {
      onError: (error) => {
        errors.push(error);
        throw new Error('a mistake of the listener');
      },
    },
  );
  const failure = await generateText({ model, prompt: 'A poem', maxRetries: 0 }).catch(String);
  expect(failure).toContain(said);
  expect(failure).not.toContain('sk-123');
  expect(errors).toHaveLength(1);
});

test('a run that stops by its own limit of time fails, and is not taken for an answer', async () => {
  const run = async () => ({
    stream: (async function* () {
      yield { type: 'text-delta' as const, id: '1', text: 'Ro' };
      yield { type: 'abort' as const, reason: 'timeout' };
    })(),
  });
  const { model } = freeAgent({ run });
  await expect(generateText({ model, prompt: 'x', maxRetries: 0 })).rejects.toThrow(
    'The agent failed.',
  );
});

test('a cancel reaches the signal of the model, and nothing is told after it', async () => {
  const seen = Promise.withResolvers<AbortSignal | undefined>();
  const late = Promise.withResolvers<void>();
  const slow = new MockLanguageModelV4({
    doStream: async ({ abortSignal }) => {
      seen.resolve(abortSignal);
      return {
        stream: new ReadableStream({
          async start(controller) {
            controller.enqueue({ type: 'stream-start', warnings: [] });
            for (const part of saying('Ro')) controller.enqueue(part);
            // It does not listen.
            await late.promise;
            for (const part of saying('ses')) controller.enqueue(part);
            controller.close();
          },
        }),
      };
    },
  });
  const { call, events } = freeAgent({ model: slow });
  const streaming = events({ parts: [{ text: 'A poem' }] });
  const signal = await seen.promise;
  const { result } = await call('ListTasks', {});
  const { id } = result.tasks[0];
  expect((await call('CancelTask', { id })).result.status.state).toBe('TASK_STATE_CANCELED');
  expect(signal?.aborted).toBe(true);
  late.resolve();
  const told = await streaming;
  expect(told.at(-1).statusUpdate.status.state).toBe('TASK_STATE_CANCELED');
  expect(JSON.stringify(told)).not.toContain('ses');
});

test('a run that ignores its signal is left, and its answer forgotten', async () => {
  const calls: AgentCall[] = [];
  const end = Promise.withResolvers<void>();
  const { call, events } = freeAgent({
    run: async (agentCall) => {
      calls.push(agentCall);
      if (calls.length === 1) await end.promise;
      return {
        stream: simulateReadableStream({
          chunks: [{ type: 'text-delta' as const, id: '1', text: 'Roses.' }],
        }) as never,
      };
    },
  });
  const streaming = events({ contextId: 'c', parts: [{ text: 'First' }] });
  await expect.poll(() => calls.length).toBe(1);
  const { result } = await call('ListTasks', {});
  await call('CancelTask', { id: result.tasks[0].id });
  end.resolve();
  expect(JSON.stringify(await streaming)).not.toContain('Roses.');
  await events({ contextId: 'c', parts: [{ text: 'Second' }] });
  expect(calls[1]?.messages).toEqual([
    { role: 'user', content: [{ type: 'text', text: 'Second' }] },
  ]);
});

test('the headers of a trace go on to the model, and to whatever a function calls', async () => {
  const headers = {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'vendor=1',
    'x-litellm-trace-id': 'trace',
    'x-litellm-agent-id': 'agent',
    'x-other': 'stays',
  };
  const poet = scriptedModel([saying('Roses.'), saying('Roses.')]);
  const asked = freeAgent({ model: poet });
  await generateText({ model: asked.model, prompt: 'x', headers });
  const { 'x-other': other, ...traced } = headers;
  expect(poet.doStreamCalls[0]?.headers).toMatchObject(traced);
  expect(Object.values(poet.doStreamCalls[0]?.headers ?? {})).not.toContain(other);

  const looped = freeAgent({
    run: ({ abortSignal, headers: given, messages }) =>
      new ToolLoopAgent({ model: poet, headers: given }).stream({ abortSignal, messages }),
  });
  await generateText({ model: looped.model, prompt: 'x', headers });
  expect(poet.doStreamCalls[1]?.headers).toMatchObject(traced);
});

test('instructions go first', async () => {
  const poet = scriptedModel([saying('Roses.')]);
  const { model } = freeAgent({ model: poet, instructions: 'You write short poems.' });
  await generateText({ model, prompt: 'A poem' });
  expect(poet.doStreamCalls[0]?.prompt[0]).toMatchObject({
    role: 'system',
    content: 'You write short poems.',
  });
});
