import { isRecord } from '@ai-sdk/provider-utils';
import { openTelemetry } from './open-telemetry';
import { orNothing } from './or-nothing';

/** The subset of an OpenTelemetry tracer that is used here. */
interface Tracer {
  startSpan(name: string, options: { attributes: SpanAttributes }): Span;
}

interface Span {
  setAttributes(attributes: SpanAttributes): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}

export type SpanAttributes = Record<string, string | number | boolean>;

const errorStatus = 2;

/** A span that is running. Does nothing if the application has not configured OpenTelemetry. */
export interface RunningSpan {
  /** Ends the span. */
  end(attributes?: SpanAttributes): void;
  /** Ends the span as failed. */
  fail(error: unknown, attributes?: SpanAttributes): void;
}

/** Starts a span below the active one, if the application has configured OpenTelemetry. */
export function startSpan(name: string, attributes: SpanAttributes): RunningSpan {
  let span = orNothing(() => activeTracer()?.startSpan(name, { attributes }));
  // Only the first end counts.
  const endOnce = (last: (ending: Span) => void) => {
    const ending = span;
    span = undefined;
    if (ending === undefined) return;
    orNothing(() => last(ending));
    orNothing(() => ending.end());
  };
  return {
    end: (more = {}) => endOnce((ending) => ending.setAttributes(more)),
    fail: (error, more = {}) =>
      endOnce((ending) => {
        ending.setStatus({ code: errorStatus, message: codeOf(error) });
        ending.setAttributes(more);
      }),
  };
}

/** Only the code: the message may contain data that must not appear in traces. */
function codeOf(error: unknown): string {
  const code = orNothing(() => (isRecord(error) ? error['code'] : undefined));
  return typeof code === 'string' ? code : 'error';
}

/** Runs an operation inside a new span: see {@link startSpan}. */
export function inSpan<T>(
  name: string,
  attributes: SpanAttributes,
  operation: () => Promise<T>,
  describe: (result: T) => SpanAttributes,
): Promise<T> {
  return endWith(startSpan(name, attributes), operation, describe);
}

/** Runs an operation, and ends the span with its result or its error. */
export async function endWith<T>(
  span: RunningSpan,
  operation: () => Promise<T>,
  describe: (result: T) => SpanAttributes,
): Promise<T> {
  try {
    const result = await operation();
    span.end(orNothing(() => describe(result)));
    return result;
  } catch (error) {
    span.fail(error);
    throw error;
  }
}

function activeTracer(): Tracer | undefined {
  const provider = openTelemetry('trace');
  return isTracerProvider(provider) ? provider.getTracer('ai-sdk-a2a-settlement') : undefined;
}

function isTracerProvider(value: unknown): value is { getTracer(name: string): Tracer } {
  return isRecord(value) && typeof value['getTracer'] === 'function';
}
