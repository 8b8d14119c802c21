import type { SharedV4Warning } from '@ai-sdk/provider';

/**
 * Call this before passing warnings to the AI SDK. In Next.js's edge runtime its logger would break the
 * response: it calls `process.emitWarning` if that function exists, and there the function throws ("A Node.js
 * API is used").
 *
 * In that runtime, unless the application has set a logger (`AI_SDK_LOG_WARNINGS`), this sets a logger that
 * writes the same text with `console.warn`, as the AI SDK does in runtimes without `process`. Does nothing in
 * other runtimes.
 */
export function logWarningsOnEdge(warnings: readonly SharedV4Warning[]): void {
  if (warnings.length === 0 || !('EdgeRuntime' in globalThis)) return;
  const process: unknown = Reflect.get(globalThis, 'process');
  const isTrap = typeof process === 'object' && process !== null && 'emitWarning' in process;
  if (!isTrap || Reflect.get(globalThis, loggerName) !== undefined) return;
  Reflect.set(globalThis, loggerName, log);
}

const loggerName = 'AI_SDK_LOG_WARNINGS';

function log({ model, provider, warnings }: Logged): void {
  for (const warning of warnings) {
    const said =
      'message' in warning
        ? warning.message
        : `${warning.feature}: ${warning.details ?? warning.type}`;
    // oxlint-disable-next-line no-console -- This replaces the AI SDK's own logger.
    console.warn(`AI SDK Warning (${provider} / ${model}): ${said}`);
  }
}

/** The argument that the AI SDK passes to a logger. */
interface Logged {
  warnings: SharedV4Warning[];
  provider?: string;
  model?: string;
}
