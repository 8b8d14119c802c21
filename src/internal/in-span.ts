import { isRecord } from '@ai-sdk/provider-utils';

/** The subset of an OpenTelemetry tracer that is used here. */
interface SettlementTracer {
  startSpan(name: string, options: { attributes: SpanAttributes }): SettlementSpan;
}

interface SettlementSpan {
  setAttributes(attributes: SpanAttributes): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}

export type SpanAttributes = Record<string, string | number | boolean>;

const errorStatus = 2;

/**
 * Runs an operation inside a span if the application has configured OpenTelemetry.
 *
 * The tracer is read from the global under which `@opentelemetry/api` 1.x registers it, so this package
 * neither imports nor bundles that package.
 */
export async function inSpan<T>(
  name: string,
  attributes: SpanAttributes,
  operation: () => Promise<T>,
  describe: (result: T) => SpanAttributes,
): Promise<T> {
  const span = activeTracer()?.startSpan(name, { attributes });
  if (span === undefined) return operation();
  try {
    const result = await operation();
    span.setAttributes(describe(result));
    return result;
  } catch (error) {
    // Only the code: the message may contain data that must not appear in traces.
    const code = isRecord(error) && typeof error['code'] === 'string' ? error['code'] : 'error';
    span.setStatus({ code: errorStatus, message: code });
    throw error;
  } finally {
    span.end();
  }
}

function activeTracer(): SettlementTracer | undefined {
  const api: unknown = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'));
  const provider = isRecord(api) ? api['trace'] : undefined;
  return isTracerProvider(provider) ? provider.getTracer('ai-sdk-a2a-settlement') : undefined;
}

function isTracerProvider(value: unknown): value is { getTracer(name: string): SettlementTracer } {
  return isRecord(value) && typeof value['getTracer'] === 'function';
}
