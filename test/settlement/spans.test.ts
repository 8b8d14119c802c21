import { trace } from '@opentelemetry/api';
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
