import { isRecord } from '@ai-sdk/provider-utils';
import { openTelemetry } from './open-telemetry';

/** The subset of an OpenTelemetry meter that is used here. */
export interface OtelMeter {
  createCounter(
    name: string,
    options: InstrumentOptions,
  ): { add(value: number, attributes: MetricAttributes): void };
  createHistogram(
    name: string,
    options: InstrumentOptions & { advice: { explicitBucketBoundaries: number[] } },
  ): { record(value: number, attributes: MetricAttributes): void };
}

interface InstrumentOptions {
  description: string;
  unit: string;
}

type MetricAttributes = Record<string, string>;

export interface MeterProvider {
  getMeter(name: string): OtelMeter;
}

/** The application's meter provider, if it has configured OpenTelemetry metrics. */
export function activeMeterProvider(): MeterProvider | undefined {
  const provider = openTelemetry('metrics');
  return isMeterProvider(provider) ? provider : undefined;
}

function isMeterProvider(value: unknown): value is MeterProvider {
  return isRecord(value) && typeof value['getMeter'] === 'function';
}
