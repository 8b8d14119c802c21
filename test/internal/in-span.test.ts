import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inSpan } from '../../src/internal/in-span';

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

test('an operation is a span with what went in and what came out', async () => {
  const result = await inSpan(
    'settlement.hold',
    { 'settlement.amount': 10 },
    async () => 'e1',
    (escrow) => ({ 'settlement.escrow_id': escrow }),
  );
  expect(result).toBe('e1');
  const [span] = exporter.getFinishedSpans();
  expect(span?.name).toBe('settlement.hold');
  expect(span?.attributes).toEqual({ 'settlement.amount': 10, 'settlement.escrow_id': 'e1' });
});

test('a failure leaves its code, and none of its words', async () => {
  const failure = Object.assign(new Error('secret words'), { code: 'NETWORK' });
  await expect(
    inSpan(
      'settlement.release',
      {},
      () => Promise.reject(failure),
      () => ({}),
    ),
  ).rejects.toBe(failure);
  const [span] = exporter.getFinishedSpans();
  expect(span?.status).toEqual({ code: 2, message: 'NETWORK' });
  expect(JSON.stringify([span?.status, span?.attributes, span?.events])).not.toContain('secret');
});

test('without OpenTelemetry it is the operation alone', async () => {
  trace.disable();
  expect(
    await inSpan(
      'x',
      {},
      async () => 1,
      () => ({}),
    ),
  ).toBe(1);
  expect(exporter.getFinishedSpans()).toEqual([]);
});
