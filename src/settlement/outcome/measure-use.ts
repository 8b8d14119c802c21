import * as z from 'zod/v4';
import { toAmountUp } from '../../internal/decimal';
import type { Amount, SettlementRail } from '../../rails/rail';
import type { FinishedGeneration } from '../../internal/finished-generation';
import type { Metering, UseMetering } from '../state/journal-entry';

/**
 * The value of an answer in tokens, or, in a currency with decimals, as an amount; `undefined` leaves it to the
 * next source.
 */
export type Meter = (
  generation: FinishedGeneration,
) => Amount | undefined | Promise<Amount | undefined>;

/**
 * The used whole tokens, from the first source with a result: `meter`, the agent's own report, the metering of
 * the price. Undefined if there is none: then the whole hold was used. Reports and prices count tokens, so in a
 * currency with decimals only `meter` applies.
 *
 * A source that throws, or returns an invalid amount, counts as one without a result. Never throws.
 */
export async function measureUse({
  decimals = 0,
  elapsedMs,
  generation,
  meter,
  metering,
  rail,
}: {
  /** The decimals of the hold's currency. */
  decimals?: number | undefined;
  /** The time the agent took, in milliseconds. */
  elapsedMs: number;
  /** Undefined if the answer was cut off in transit. */
  generation: FinishedGeneration | undefined;
  meter: Meter | undefined;
  metering: Metering | undefined;
  rail: Pick<SettlementRail, 'reportedUse'>;
}): Promise<Amount | undefined> {
  if (decimals > 0) return measuredAmount(() => generation && meter?.(generation), decimals);
  const metadata = generation?.providerMetadata?.['a2a']?.['metadata'];
  return (
    (await tokens(() => generation && meter?.(generation))) ??
    (await tokens(() => rail.reportedUse?.(metadata))) ??
    (await tokens(() => report.safeParse(metadata).data?.creditsUsed)) ??
    (await tokens(() => metered()))
  );

  function metered(): number | undefined {
    const use = metering?.of === 'skill' ? ofSkill(metering.prices, metadata) : metering;
    if (use === undefined) return undefined;
    if (use.of === 'requests') return use.baseTokens;
    const used = use.of === 'milliseconds' ? elapsedMs : unitsOf(generation);
    // An agent that is paid by units, and reports none, is paid the base.
    if (used === undefined) return use.baseTokens;
    // Multiplied first: 1100 units at 10 for 1000 are 11 tokens, not 11.000000000000002.
    return (used * use.baseTokens) / use.per;
  }
}

/** The price of the skill that an answer names. */
function ofSkill(prices: Record<string, UseMetering>, metadata: unknown): UseMetering | undefined {
  const { skill, skillId = skill } = report.safeParse(metadata).data ?? {};
  return skillId !== undefined && Object.hasOwn(prices, skillId) ? prices[skillId] : undefined;
}

const report = z.object({
  creditsUsed: z.number().optional().catch(undefined),
  units: z.number().nonnegative().optional().catch(undefined),
  skillId: z.string().optional().catch(undefined),
  skill: z.string().optional().catch(undefined),
});

function unitsOf(generation: FinishedGeneration | undefined): number | undefined {
  const own = report.safeParse(generation?.providerMetadata?.['a2a']?.['metadata']).data?.units;
  if (own !== undefined) return own;
  const input = generation?.usage.inputTokens.total;
  const output = generation?.usage.outputTokens.total;
  return input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0);
}

/** Digits beyond the decimals of the currency are rounded up. */
async function measuredAmount(
  source: () => ReturnType<Meter>,
  decimals: number,
): Promise<Amount | undefined> {
  try {
    const used = await source();
    return used === undefined ? undefined : toAmountUp(used, decimals);
  } catch {
    return undefined;
  }
}

async function tokens(source: () => ReturnType<Meter>): Promise<number | undefined> {
  try {
    const used = await source();
    return typeof used === 'number' && Number.isFinite(used) && used >= 0
      ? roundUp(used)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A started token counts as a whole one, except for floating-point error. */
function roundUp(value: number): number {
  const whole = Math.ceil(value - 1e-9 * Math.max(1, value)) || 0;
  // A value above any hold means the whole hold.
  return Math.min(whole, Number.MAX_SAFE_INTEGER);
}
