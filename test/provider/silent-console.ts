import { afterEach, beforeEach, expect, vi, type MockInstance } from 'vitest';

/** Lets every test of a file fail that writes to the console. */
export function expectSilentConsole(): void {
  let spies: MockInstance[] = [];
  beforeEach(() => {
    // The AI SDK logs a model's warnings by itself; that is its own doing, and tested apart.
    Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
    spies = (['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((method) =>
      vi.spyOn(console, method).mockImplementation(() => {}),
    );
  });
  afterEach(() => {
    const said = spies.flatMap((spy) => spy.mock.calls);
    for (const spy of spies) spy.mockRestore();
    expect(said).toEqual([]);
  });
}
