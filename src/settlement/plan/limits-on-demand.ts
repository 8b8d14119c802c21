import { onDemand } from '../../internal/on-demand';
import type { SpendingLimits } from './spending-limits';

/** The limits of a settlement. Counts nothing if no limits are set. */
export interface Limits extends Pick<SpendingLimits, 'drop' | 'reopen' | 'reserve' | 'settle'> {
  /**
   * Loads the code of the limits, as the first `reserve` does, before anything is held. Code that finishes the
   * hold of an earlier call must call this first: the other methods skip the limits if they are not loaded.
   */
  load(): Promise<void>;
}

export function limitsOnDemand(options: ConstructorParameters<typeof SpendingLimits>[0]): Limits {
  const rules = Object.values(options.byLabel ?? {}).flatMap((values) => Object.values(values));
  if (options.limits === undefined && rules.every(({ limits }) => limits === undefined)) {
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
