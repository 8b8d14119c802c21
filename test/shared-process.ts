import { afterAll, expect, vi } from 'vitest';
import { loadOnDemand } from './load-on-demand';

// Loaded anew before each test file that shares its process with others (vitest.config.ts). What such
// a file changes in the process it must put back, so that no other file depends on it.

/** Each under its name: `process.env.HOME`, `globalThis.fetch`, … */
function processState(): Map<string, unknown> {
  const state = new Map<string, unknown>([
    ['process.cwd()', process.cwd()],
    ['process.exitCode', process.exitCode],
    ['vi.isFakeTimers()', vi.isFakeTimers()],
  ]);
  for (const event of ['unhandledRejection', 'uncaughtException', 'SIGINT', 'SIGTERM']) {
    state.set(`listeners of ${event}`, process.listenerCount(event));
  }
  for (const [name, value] of Object.entries(process.env)) state.set(`process.env.${name}`, value);
  const objects = {
    globalThis,
    console,
    Math,
    AbortSignal,
    crypto,
    'crypto.subtle': crypto.subtle,
  };
  for (const [object, properties] of Object.entries(objects)) {
    // Getters are not called: some of Node's load what they stand for.
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(properties))) {
      state.set(`${object}.${name}`, property.get ?? property.value);
    }
  }
  return state;
}

// Under fake timers it would come late: from its file in real time, while the clock of a test goes on.
await loadOnDemand();

const before = processState();

/** What every other file changes: the AI SDK's log is off, Hono's server for Node has its own classes. */
const putBack = ['AI_SDK_LOG_WARNINGS', 'Request', 'Response'].map((name) => {
  const property = Object.getOwnPropertyDescriptor(globalThis, name);
  return () =>
    property === undefined
      ? Reflect.deleteProperty(globalThis, name)
      : Object.defineProperty(globalThis, name, property);
});

afterAll(() => {
  for (const put of putBack) put();
  const after = processState();
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => !Object.is(before.get(name), after.get(name)),
  );
  // Zod and Vitest keep what they share between their copies in new globals with such names.
  const isOfPackage = (name: string) => name.startsWith('globalThis.__') && !before.has(name);
  expect(
    changed.filter((name) => !isOfPackage(name)),
    'left changed in the process',
  ).toEqual([]);
});

// A mocked module stays in the modules that have imported it, in the files that come after.
for (const name of ['mock', 'doMock', 'resetModules'] as const) {
  vi[name] = () => {
    throw new Error(`vi.${name} needs a process of its own: name the file in vitest.config.ts.`);
  };
}
