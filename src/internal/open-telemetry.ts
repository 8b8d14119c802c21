import { isRecord } from '@ai-sdk/provider-utils';

/**
 * What the application has configured of OpenTelemetry. Read from the global under which `@opentelemetry/api` 1.x
 * registers it, so this package neither imports nor bundles that package.
 */
export function openTelemetry(name: 'context' | 'metrics' | 'trace'): unknown {
  const api: unknown = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'));
  return isRecord(api) ? api[name] : undefined;
}
