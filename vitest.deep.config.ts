import { configDefaults, defineConfig } from 'vitest/config';
import fast from './vitest.config';

/** What takes minutes, and the model test with as many schedules as MODEL_RUNS says. */
export default defineConfig({
  ...fast,
  test: {
    ...fast.test,
    include: ['test/**/*.deep.test.ts', 'test/model/*.test.ts'],
    exclude: configDefaults.exclude,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
