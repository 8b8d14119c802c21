import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^ai-sdk-a2a-settlement$/, replacement: source('index.ts') },
      { find: /^ai-sdk-a2a-settlement\/agent$/, replacement: source('agent/index.ts') },
      { find: /^ai-sdk-a2a-settlement\/sandbox$/, replacement: source('sandbox/index.ts') },
      { find: /^ai-sdk-a2a-settlement\/stores$/, replacement: source('stores/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Those are run by `npm run test:deep`.
    exclude: [...configDefaults.exclude, 'test/**/*.deep.test.ts'],
    // The default leaves a core idle, and much of the time is spent waiting for agents.
    maxWorkers: '100%',
    // Only end what hangs: a machine that is busy is no reason to fail.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
