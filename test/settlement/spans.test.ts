import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { generateText, streamText } from 'ai';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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
