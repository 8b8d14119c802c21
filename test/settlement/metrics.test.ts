import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type DataPoint,
  type Histogram,
} from '@opentelemetry/sdk-metrics';
import { generateText } from 'ai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SettlementOptions } from '../../src/index';
import { aSettlement } from './a-settlement';
import { failure } from './fake-rail';
import { ScriptedAgent, type Turn } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

function aMeter() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  return { exporter, provider: new MeterProvider({ readers: [reader] }) };
}

let meter: ReturnType<typeof aMeter>;
beforeEach(() => {
  meter = aMeter();
  metrics.setGlobalMeterProvider(meter.provider);
});
afterEach(async () => {
  metrics.disable();
  await meter.provider.shutdown();
});

async function measured() {
  await meter.provider.forceFlush();
  const last = meter.exporter.getMetrics().at(-1);
  return new Map(
    last?.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .map(({ dataPoints, descriptor: { name, unit } }) => [name, { dataPoints, unit }]),
  );
}

type Distribution = Pick<Histogram, 'count' | 'sum'>;

/** The points of one metric: attributes with the count, or with the count and the sum of a histogram. */
async function points(name: string) {
  const metric = (await measured()).get(name);
  const found: readonly DataPoint<number | Distribution>[] = metric?.dataPoints ?? [];
  return found.map(({ attributes, value }) =>
    typeof value === 'number' ? [attributes, value] : [attributes, value.count, value.sum],
  );
}

const labels = { team: 'search', user: 'u-7' };

async function call({ options = {}, turn = {} }: { options?: SettlementOptions; turn?: Turn }) {
  const given = aSettlement({ agent: new ScriptedAgent(turn), options });
  const settling = { ...given, call: () => send(given.model) };
  await settling.call();
  return settling;
}

async function send(model: ReturnType<typeof aSettlement>['model']) {
  await generateText({
    model,
    prompt: 'A secret',
    maxRetries: 0,
    providerOptions: { settlement: { labels } },
  }).catch(() => {});
}

const about = { 'settlement.agent': 'agent', 'settlement.rail': 'fake' };
const held = { ...about, 'settlement.currency': 'ATE' };
const released = { ...held, 'settlement.status': 'released' };

test('what is held, how it ends, and the amounts', async () => {
  const settling = await call({});
  await settling.call();
  expect(await points('settlement.held')).toEqual([[held, 2, 40]]);
  expect(await points('settlement.outcomes')).toEqual([[released, 2]]);
  expect(await points('settlement.captured')).toEqual([[released, 2, 40]]);
  expect(await points('settlement.errors')).toEqual([]);
});

test('a refund, with its reason', async () => {
  await call({ turn: { state: 'failed' } });
  const refunded = {
    ...held,
    'settlement.status': 'refunded',
    'settlement.reason': 'task-failed',
  };
  expect(await points('settlement.outcomes')).toEqual([[refunded, 1]]);
  expect(await points('settlement.captured')).toEqual([]);
});

test('durations are seconds', async () => {
  const work = () => new Promise((resolve) => setTimeout(resolve, 20));
  await call({ turn: { work } });
  const all = await measured();
  expect(all.get('settlement.duration')?.unit).toBe('s');
  expect(all.get('settlement.operation.duration')?.unit).toBe('s');
  const [[attributes, count, sum] = []] = await points('settlement.duration');
  expect([attributes, count]).toEqual([released, 1]);
  expect(sum).toBeGreaterThan(0.018);
  expect(sum).toBeLessThan(10);
  const operations = await points('settlement.operation.duration');
  expect(operations.map(([attribute, times]) => [attribute, times])).toEqual([
    [{ ...about, 'settlement.operation': 'hold' }, 1],
    [{ 'settlement.agent': 'agent', 'settlement.operation': 'send' }, 1],
    [{ ...about, 'settlement.operation': 'release' }, 1],
  ]);
});

test('a call that is made unpaid, and an operation that failed, have the code of the error', async () => {
  const given = aSettlement();
  given.rail.failures.hold.push(failure('INSUFFICIENT_BALANCE'));
  await send(given.model);
  expect(await points('settlement.errors')).toEqual([
    [
      {
        'settlement.agent': 'agent',
        'settlement.event': 'unsettled',
        'error.type': 'INSUFFICIENT_BALANCE',
      },
      1,
    ],
  ]);
  const operations = await points('settlement.operation.duration');
  expect(operations[0]?.[0]).toEqual({
    ...about,
    'settlement.operation': 'hold',
    'error.type': 'INSUFFICIENT_BALANCE',
  });
  expect(await points('settlement.outcomes')).toEqual([]);
});

test('the codes of others do not become attributes', async () => {
  const throws = Object.assign(new Error('secret'), { code: 'E-4711' });
  await call({ turn: { throws } });
  const operations = await points('settlement.operation.duration');
  expect(operations[1]?.[0]).toMatchObject({ 'error.type': '_OTHER' });
});

test('payments that are switched off are no error', async () => {
  await call({ options: { enabled: false } });
  expect(await points('settlement.errors')).toEqual([]);
});

test('only listed labels are attributes', async () => {
  await call({ options: { telemetry: { labels: ['team', 'constructor'] } } });
  for (const [name, { dataPoints }] of await measured()) {
    for (const { attributes } of dataPoints) {
      expect(attributes, name).toHaveProperty(['settlement.label.team'], 'search');
      const names = Object.keys(attributes).filter((key) => key.startsWith('settlement.label.'));
      expect(names).toEqual(['settlement.label.team']);
    }
  }
  expect((await measured()).size).toBeGreaterThan(4);
});

test('a provider that is replaced gets what comes after it', async () => {
  const settling = await call({});
  await meter.provider.shutdown();
  metrics.disable();
  await settling.call();
  meter = aMeter();
  metrics.setGlobalMeterProvider(meter.provider);
  await settling.call();
  expect(await points('settlement.outcomes')).toEqual([[released, 1]]);
});
