import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { generateText, streamText, type ModelMessage } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aSettlement } from './a-settlement';
import { ScriptedAgent } from './scripted-agent';

const exporter = new InMemorySpanExporter();
beforeEach(() => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
});
afterEach(() => {
  trace.disable();
  exporter.reset();
});

const call = {
  prompt: 'A secret',
  providerOptions: { settlement: { labels: { team: 'search' } } },
};
const spans = () => exporter.getFinishedSpans();
const names = () => spans().map(({ name }) => name);

test('a call is held, sent and released, each with its labels, and without its content', async () => {
  const { model } = aSettlement();
  await generateText({ model, ...call });
  expect(names()).toEqual(['settlement.hold', 'settlement.send', 'settlement.release']);
  for (const { attributes } of spans()) {
    expect(attributes).toMatchObject({
      'settlement.agent': 'agent',
      'settlement.label.team': 'search',
    });
  }
  expect(spans()[1]?.attributes).toMatchObject({ 'a2a.finish_reason': 'stop' });
  const written = spans().map(({ attributes, events, status }) => [attributes, events, status]);
  expect(JSON.stringify(written)).not.toMatch(/secret|"Hi"/);
});

test('the span of a stream lasts until its answer ends', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { model } = aSettlement({ agent: new ScriptedAgent({ work: () => promise }) });
  const result = streamText({ model, ...call });
  const text = result.text;
  await vi.waitFor(() => expect(names()).toEqual(['settlement.hold']));
  resolve();
  await text;
  expect(names()).toEqual(['settlement.hold', 'settlement.send', 'settlement.release']);
});

test('all are below the span that was active when the call was made', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  try {
    const { model } = aSettlement();
    const root = trace.getTracer('application').startSpan('request');
    const within = trace.setSpan(context.active(), root);
    const result = context.with(within, () => streamText({ model, ...call }));
    // Read outside of it.
    expect(await result.text).toBe('Hi');
    await vi.waitFor(() => expect(spans()).toHaveLength(3));
    const { spanId, traceId } = root.spanContext();
    for (const span of spans()) {
      expect(span.spanContext().traceId, span.name).toBe(traceId);
      expect(span.parentSpanContext?.spanId, span.name).toBe(spanId);
    }
  } finally {
    context.disable();
  }
});

test.each(['generateText', 'streamText'])('a failed task, with %s', async (how) => {
  const { model } = aSettlement({ agent: new ScriptedAgent({ state: 'failed' }) });
  if (how === 'generateText') await generateText({ model, ...call }).catch(() => {});
  else await streamText({ model, ...call, onError: () => {} }).consumeStream();
  expect(names()).toEqual(['settlement.hold', 'settlement.send', 'settlement.refund']);
  expect(spans()[1]?.status).toEqual({ code: 2, message: 'error' });
});

describe('content', () => {
  const telemetry = { recordInputs: true, recordOutputs: true };
  const sent = () => spans().find(({ name }) => name === 'settlement.send')?.attributes;
  const file = {
    type: 'file' as const,
    data: new TextEncoder().encode('bytes'),
    mediaType: 'application/pdf',
  };

  test.each(['generateText', 'streamText'])('is recorded when asked for, with %s', async (how) => {
    const { model } = aSettlement({ options: { telemetry } });
    const messages: ModelMessage[] = [
      { role: 'user', content: 'An older question' },
      { role: 'assistant', content: 'An older answer' },
      { role: 'user', content: [{ type: 'text', text: 'A question' }, file] },
    ];
    if (how === 'generateText') await generateText({ model, messages });
    else await streamText({ model, messages }).consumeStream();
    expect(sent()).toMatchObject({
      'a2a.input': 'A question\n[application/pdf]',
      'a2a.output': 'Hi',
      'a2a.finish_reason': 'stop',
    });
    const others = spans().filter(({ name }) => name !== 'settlement.send');
    expect(JSON.stringify(others.map(({ attributes }) => attributes))).not.toContain('Hi');
  });

  test.each([
    [{ recordInputs: true }, 'a2a.input'],
    [{ recordOutputs: true }, 'a2a.output'],
    [{}, undefined],
  ])('%j', async (own, expected) => {
    const { model } = aSettlement({ options: { telemetry: own } });
    await generateText({ model, prompt: 'A question' });
    for (const name of ['a2a.input', 'a2a.output']) {
      expect(Object.keys(sent() ?? {}).includes(name), name).toBe(name === expected);
    }
  });

  test('of a failed stream is what arrived', async () => {
    const agent = new ScriptedAgent({ state: 'failed', text: 'Half' });
    const { model } = aSettlement({ agent, options: { telemetry } });
    await streamText({ model, ...call, onError: () => {} }).consumeStream();
    expect(sent()).toMatchObject({ 'a2a.output': 'Half' });
  });

  test('is cut off', async () => {
    const text = 'a'.repeat(20_000);
    const agent = new ScriptedAgent({ text });
    const { model } = aSettlement({ agent, options: { telemetry } });
    await generateText({ model, prompt: text });
    const cut = `${'a'.repeat(8191)}…`;
    expect(sent()).toMatchObject({ 'a2a.input': cut, 'a2a.output': cut });
  });
});

test('a span ends once, also if the settlement of a sent message fails', async () => {
  const { model } = aSettlement({
    options: {
      verify: () => {
        throw new Error('no');
      },
    },
  });
  await generateText({ model, ...call }).catch(() => {});
  expect(names().filter((name) => name === 'settlement.send')).toHaveLength(1);
});

test('a tracer that throws changes no payment', async () => {
  const refuse = () => {
    throw new Error('The exporter is away.');
  };
  const broken = { setAttributes: refuse, setStatus: refuse, end: refuse };
  const startSpans = [refuse, () => broken];
  for (const startSpan of startSpans) {
    trace.disable();
    const provider = new BasicTracerProvider();
    vi.spyOn(provider, 'getTracer').mockImplementation(() =>
      Object.assign(new BasicTracerProvider().getTracer('t'), { startSpan }),
    );
    trace.setGlobalTracerProvider(provider);
    const { model, rail } = aSettlement();
    await streamText({ model, ...call }).consumeStream();
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  }
});
