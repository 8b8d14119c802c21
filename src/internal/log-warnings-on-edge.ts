import type { SharedV4Warning } from '@ai-sdk/provider';

/**
 * To be called before warnings are handed to the AI SDK, whose logger would break the response with
 * them in Next.js's edge runtime: it calls `process.emitWarning` where there is such a function, and
 * that one throws ("A Node.js API is used").
 *
 * There, and only where the application has not chosen a logger (`AI_SDK_LOG_WARNINGS`), one is set that
 * writes what the AI SDK would have written, with `console.warn`, as the AI SDK does in runtimes without
 * `process`. Does nothing anywhere else.
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
    // oxlint-disable-next-line no-console -- It is the AI SDK's own log, which nothing else can write.
    console.warn(`AI SDK Warning (${provider} / ${model}): ${said}`);
  }
}

/** What the AI SDK hands to a logger. */
interface Logged {
  warnings: SharedV4Warning[];
  provider?: string;
  model?: string;
}
