import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/**
 * Left to `--mode deep`: tests of whole systems (every combination, chains, browsers, examples), single
 * files that take seconds (`.deep.test.ts`), and the model with as many schedules as MODEL_RUNS says.
 * `--mode all` has both.
 */
const deep = [
  'test/**/*.deep.test.ts',
  'test/{conformance,crash,e2e,examples,load,package,x402}/**/*.test.ts',
  'test/rails/contract/**/*.test.ts',
];

/**
 * Fast test files that each run in a process of their own, because they change the process for good:
 * the models put a virtual clock in place of the globals, the SDK's client for gRPC cannot be closed and
 * goes on connecting, `without-peers` mocks packages. All others share one process a worker, which saves
 * more than half of the time: importing the source and its packages takes longer than most files.
 * test/shared-process.ts keeps them from leaving anything behind.
 */
const alone = [
  'test/model/**/*.test.ts',
  'test/provider/agent-client.test.ts',
  'test/rails/x402/without-peers.test.ts',
];

export default defineConfig(({ mode }) => ({
  resolve: {
    alias: [
      { find: /^ai-sdk-a2a-settlement$/, replacement: source('index.ts') },
      { find: /^ai-sdk-a2a-settlement\/agent$/, replacement: source('agent/index.ts') },
      {
        find: /^ai-sdk-a2a-settlement\/nevermined$/,
        replacement: source('rails/nevermined/index.ts'),
      },
      { find: /^ai-sdk-a2a-settlement\/recording$/, replacement: source('recording/index.ts') },
      { find: /^ai-sdk-a2a-settlement\/sandbox$/, replacement: source('sandbox/index.ts') },
      { find: /^ai-sdk-a2a-settlement\/stores$/, replacement: source('stores/index.ts') },
      { find: /^ai-sdk-a2a-settlement\/tools$/, replacement: source('tools/index.ts') },
      { find: /^ai-sdk-a2a-settlement\/wallet$/, replacement: source('wallet/index.ts') },
      { find: /^ai-sdk-a2a-settlement\/x402$/, replacement: source('rails/x402/index.ts') },
    ],
  },
  test: {
    // The default leaves a core idle, and much of the time is spent waiting for agents.
    maxWorkers: '100%',
    // Only to end what hangs: that a machine is busy is no failure.
    testTimeout: mode === 'deep' ? 600_000 : 120_000,
    hookTimeout: mode === 'deep' ? 600_000 : 120_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include:
            {
              deep: [...deep, 'test/model/**/*.test.ts'],
              all: [...deep, ...alone],
            }[mode] ?? alone,
          exclude: [...configDefaults.exclude, ...(mode === 'deep' || mode === 'all' ? [] : deep)],
          setupFiles: ['test/setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'shared',
          isolate: false,
          include: mode === 'deep' ? [] : ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...deep, ...alone],
          setupFiles: ['test/setup.ts', 'test/shared-process.ts'],
        },
      },
    ],
  },
}));
