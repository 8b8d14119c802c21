import { onDemand } from '../../internal/on-demand';
import type { SpendingLimits } from './spending-limits';

/** The limits of a settlement, which count nothing where there are none. */
export interface Limits extends Pick<SpendingLimits, 'drop' | 'reopen' | 'reserve' | 'settle'> {
  /**
   * What counts is loaded with the first `reserve`, before anything is held. Whoever finishes what an
   * earlier call held calls this first: the others do without what cannot be loaded.
   */
  load(): Promise<void>;
}

export function limitsOnDemand(options: ConstructorParameters<typeof SpendingLimits>[0]): Limits {
  if (options.limits === undefined) {
    const nothing = async () => {};
    return { load: nothing, reserve: nothing, settle: nothing, reopen: nothing, drop: nothing };
  }
  const loaded = onDemand('limits', async () => {
    const { SpendingLimits } = await loadLimits();
    return new SpendingLimits(options);
  });
  const ifLoaded = async (work: (limits: SpendingLimits) => Promise<void>) => {
    const limits = await loaded().catch(() => undefined);
    if (limits !== undefined) await work(limits);
  };
  return {
    load: async () => void (await loaded()),
    reserve: async (...call) => (await loaded()).reserve(...call),
    settle: (...call) => ifLoaded((limits) => limits.settle(...call)),
    reopen: (...call) => ifLoaded((limits) => limits.reopen(...call)),
    drop: (...call) => ifLoaded((limits) => limits.drop(...call)),
  };
}

const loadLimits = /* @__PURE__ */ onDemand('limits', () => import('./spending-limits'));
