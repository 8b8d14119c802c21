import type { SharedV4Warning } from '@ai-sdk/provider';
import { afterEach, expect, test, vi } from 'vitest';
import { logWarningsOnEdge } from '../../src/internal/log-warnings-on-edge';

const warnings: SharedV4Warning[] = [
  { type: 'other', message: 'This call goes on unpaid.' },
  { type: 'unsupported', feature: 'temperature', details: 'Agents have none.' },
  { type: 'unsupported', feature: 'seed' },
  { type: 'deprecated', setting: 'old', message: 'Use new.' },
];

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Next.js's edge runtime has a `process` whose functions are there, and throw. */
function enterEdgeRuntime(): void {
  vi.stubGlobal('EdgeRuntime', 'edge-runtime');
  vi.stubGlobal('process', {
    env: {},
    emitWarning: () => {
      throw new Error('A Node.js API is used');
    },
  });
  vi.stubGlobal('AI_SDK_LOG_WARNINGS', undefined);
}

test('writes what the AI SDK would have written, where that would throw', () => {
  enterEdgeRuntime();
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  logWarningsOnEdge(warnings);
  const log = globalThis.AI_SDK_LOG_WARNINGS;
  if (typeof log !== 'function') throw new Error('No logger was set.');
  log({ warnings, provider: 'a2a', model: 'web-scraper' });
  expect(warn.mock.calls).toEqual([
    ['AI SDK Warning (a2a / web-scraper): This call goes on unpaid.'],
    ['AI SDK Warning (a2a / web-scraper): temperature: Agents have none.'],
    ['AI SDK Warning (a2a / web-scraper): seed: unsupported'],
    ['AI SDK Warning (a2a / web-scraper): Use new.'],
  ]);
});

test.each([false, () => {}])('leaves the logger of the application as it is: %s', (own) => {
  enterEdgeRuntime();
  vi.stubGlobal('AI_SDK_LOG_WARNINGS', own);
  logWarningsOnEdge(warnings);
  expect(globalThis.AI_SDK_LOG_WARNINGS).toBe(own);
});

test('does nothing without a warning', () => {
  enterEdgeRuntime();
  logWarningsOnEdge([]);
  expect(globalThis.AI_SDK_LOG_WARNINGS).toBeUndefined();
});

test('does nothing in Node', () => {
  vi.stubGlobal('AI_SDK_LOG_WARNINGS', undefined);
  logWarningsOnEdge(warnings);
  expect(globalThis.AI_SDK_LOG_WARNINGS).toBeUndefined();
});

test('does nothing in an edge runtime without `process`', () => {
  enterEdgeRuntime();
  vi.stubGlobal('process', undefined);
  logWarningsOnEdge(warnings);
  expect(globalThis.AI_SDK_LOG_WARNINGS).toBeUndefined();
});
