import { isRecord } from '@ai-sdk/provider-utils';
import { openTelemetry } from '../../internal/open-telemetry';

/**
 * The headers that continue the caller's trace at the agent (W3C Trace Context): none unless the application
 * uses OpenTelemetry and a span is active.
 *
 * Baggage is not sent, because it belongs to the application.
 */
export function traceHeaders(): Record<string, string> {
  const manager = openTelemetry('context');
  if (!isContextManager(manager)) return {};
  const span = manager.active().getValue(Symbol.for('OpenTelemetry Context Key SPAN'));
  if (!isSpan(span)) return {};
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  if (!isId(traceId, 32) || !isId(spanId, 16)) return {};
  const flags = (traceFlags & 0xff).toString(16).padStart(2, '0');
  const state = traceState?.serialize();
  return {
    traceparent: `00-${traceId}-${spanId}-${flags}`,
    ...(state !== undefined && state !== '' && { tracestate: state }),
  };
}

interface ContextManager {
  active(): { getValue(key: symbol): unknown };
}

interface Span {
  spanContext(): {
    traceId: string;
    spanId: string;
    traceFlags: number;
    traceState?: { serialize(): string };
  };
}

function isContextManager(value: unknown): value is ContextManager {
  return isRecord(value) && typeof value['active'] === 'function';
}

function isSpan(value: unknown): value is Span {
  return isRecord(value) && typeof value['spanContext'] === 'function';
}

/** An id of zeros is invalid. */
function isId(id: string, length: number): boolean {
  return id.length === length && /^[0-9a-f]+$/.test(id) && !/^0+$/.test(id);
}
