import type { SpendingLimitOptions } from '../../../src/settlement/plan/currency-limits';
import type { Market } from './sale';

/** Of the currency's smallest unit. */
export const limitIn = {
  USDC: { perCall: 500_000n, perWindow: 600_000n },
  credits: { perCall: 10n, perWindow: 12n },
};

/** As the settlement takes them. */
export function limitsOf({ limits }: Market): SpendingLimitOptions {
  const windows = {
    USDC: { perWindow: { amount: '0.6', minutes: 60 } },
    credits: { perWindow: { amount: 12, minutes: 60 } },
  };
  const more = (code: 'USDC' | 'credits') => ({
    ...(limits === 'window' && windows[code]),
    ...(limits === 'concurrent' && { concurrent: 2 }),
  });
  return {
    ...(limits !== 'no USDC' && { USDC: { perCall: '0.5', ...more('USDC') } }),
    ...(limits !== 'no credits' && { credits: { perCall: 10, ...more('credits') } }),
  };
}
