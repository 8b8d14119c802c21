import type * as sources from '../src/index';

/**
 * The package as it is built: `tsx` wraps each function of the sources that it loads, also in the middle of a
 * call, so the sources cost more than what users run. `bench/run.ts` builds it first.
 */
const built: typeof sources = await import(new URL('../dist/index.js', import.meta.url).href);

export const { createA2A, createSettlement, exchangeRail } = built;
